"""The filter bank against scikit-image and definitions written out."""
