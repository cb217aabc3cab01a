"""What the tutorial says between its numbers, at 80 columns."""

from __future__ import annotations

INTRODUCTION = """\
A nine, step by step
====================

This follows the tutorial "Learn CNN from scratch with Python and Numpy": one
picture of a nine, three filters made by hand, ReLU, pooling. Every number is
computed by the same layers that train on larger images. At the end comes the
step the tutorial leaves to the reader: training a classifier.
"""

IMAGE = """\
1. The image: 7 rows of 5 pixels

   1 is ink, -1 is paper. The tutorial's text calls 1 white and -1 black, but
   its nine is drawn with the ones. So here 1 is ink, whatever the pen's colour.
"""

FILTERS = """\
2. Three filters: small pictures to look for

   Each is divided by its 9 elements, so a perfect match answers exactly 1.
   From here on, all numbers are ninths: read 9 as 9/9 = 1, and -5 as -5/9.
"""

MAPS = """\
3. Feature maps: how well does the filter match here?

   Lay a filter over a window of 3 x 3 pixels, multiply each pixel by the number
   above it, and add up. The 7 x 5 image has 5 x 3 such windows.
"""

RELU = """\
4. ReLU: no match is no match

   Negative answers become 0, the others stay as they are.
"""

MAX_POOL = """\
5. Max-pooling, 2 x 2, stride 1: is it near here?

   The largest of every 2 x 2 neighbours: 5 x 3 numbers become 4 x 2.
"""

FEATURES = """\
6. The 24 features: all numbers in a row

   8 from each filter, row by row. The tutorial's own code puts the diagonal
   map into the vertical one's place as well, so its classifier would see the
   diagonal answers twice and the vertical ones never:
"""

AVERAGE_POOL = """\
7. The other pooling: average instead of largest

   Applied to the ReLU stage. A single strong answer is thinned by its weak
   neighbours: the box filter's 9 becomes {box}.
"""

CLASSIFIER = """\
8. Nine or not nine: the step the tutorial leaves out

   A Dense layer weighs the 24 features and adds them up to one number; the
   sigmoid makes it the probability of a nine. It learns from {training:,} digits of
   7 x 5 pixels, each pixel flipped with a chance of {noise:.0%}, and is tested on {held_out:,}
   others. One digit in ten is a nine, so always saying "not nine" is right for
   {baseline:.1%}. Once the filters stay as they are, once they learn too; both
   begin with the same numbers.
"""


CONCLUSION = """\
{result} on the same {held_out:,} digits.
Training does not ask what a person would call a feature, only what tells nines from other
digits. The last line of numbers says how much of each filter's first pattern is left, as a
correlation: 1 is the same pattern, 0 has nothing to do with it. `minitorchcnn compare` puts
the question to larger digits, and takes chance into account."""
