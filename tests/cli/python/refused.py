"""What is no transform: each is refused with one message."""


def give_back(self, stream):
    return stream


class OnlyTo:
    transform_to = give_back


class Both(OnlyTo):
    transform_from = give_back


class HalfDescribed(Both):
    def get_descriptor(self):
        return "x/1"


class NeedsLevel(Both):
    def __init__(self, level):
        self.level = level


class GivesNone(Both):
    def transform_to(self, output):
        return None


class ReadsNumber(Both):
    def transform_from(self, input):
        return 7


class Raises(Both):
    def transform_to(self, output):
        raise KeyError("dictionary")


class BadDescriptor(HalfDescribed):
    def get_descriptor(self):
        return "a@b@c"

    @staticmethod
    def from_descriptor(version):
        return BadDescriptor()

    @staticmethod
    def registry_name():
        return "a"


class RaisesDescriptor(BadDescriptor):
    def get_descriptor(self):
        raise RuntimeError("not now")


class VersionInName(BadDescriptor):
    def get_descriptor(self):
        return "a/1"

    @staticmethod
    def registry_name():
        return "a/1"


number = 5
