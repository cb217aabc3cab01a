"""Pure array functions: each forward beside its gradient, so the two can be read together.

Nothing here knows a layer, a model or a parameter. A forward returns ``(y, saved)``; its
backward takes the gradient of the loss with respect to y and that ``saved``. The layers compute
with these functions, but for the convolution: `conv` defines it, and `engine` computes the same
faster. Shapes are not checked here: the layers do that.
"""
