"""Words of a person that cannot be taken as they are."""


class Unclear(Exception):
    """What somebody wrote cannot be taken.

    `name` is the sentence of the content that says why and what to write instead,
    `fields` are what stands in its places: `turn.say(unclear.name, **unclear.fields)`.
    """

    def __init__(self, name: str, /, **fields: str | int) -> None:
        super().__init__(name)
        self.name = name
        self.fields: dict[str, str | int] = fields
