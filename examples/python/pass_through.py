"""The least that a transform can be: weir check --python-file examples/python/pass_through.py"""


def transform_to(output):
    return output


def transform_from(input):
    return input
