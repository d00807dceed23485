"""What is written about a group of the directory, as somebody typed it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from handlers.desk.unclear import Unclear
from knowledge.load import Library

# Characters; what people read in a chat has to fit one message with room to spare.
LONGEST = {
    "title": 80,
    "network": 40,
    "link": 300,
    "about": 400,
    "region": 60,
    "language": 40,
    "rules": 1500,
    "moderators": 160,
}
MOST_TOPICS = 5

Fields = dict[str, str | tuple[str, ...]]

# What a group in a network tells us itself.
ITS_OWN = ("title", "network", "link")


def filled(
    answers: Mapping[str, str], library: Library, *, elsewhere: bool
) -> tuple[Fields, dict[str, Unclear]]:
    """The fields to keep, and what is wrong with which of them. `matters` are ids, with commas."""
    fields: Fields = {}
    wrong: dict[str, Unclear] = {}
    for name, longest in LONGEST.items():
        if name in ITS_OWN and not elsewhere:
            continue
        text = answers.get(name, "").strip()
        if name not in ("about", "rules"):
            text = " ".join(text.split())
        fields[name] = text
        if len(text) > longest:
            wrong[name] = Unclear("grp_too_long", number=longest)
    matters = tuple(part.strip() for part in answers.get("matters", "").split(",") if part.strip())
    fields["matters"] = tuple(dict.fromkeys(matters))
    known = {topic.id for topic in library.network.topics}
    if not known.issuperset(matters):
        wrong["matters"] = Unclear("grp_unknown_topic")
    elif len(fields["matters"]) > MOST_TOPICS:
        wrong["matters"] = Unclear("grp_too_many_topics", number=MOST_TOPICS)
    if elsewhere:
        if not fields["title"]:
            wrong["title"] = Unclear("grp_title_missing")
        if not fields["network"]:
            wrong["network"] = Unclear("grp_network_missing")
        if not is_address(str(fields["link"])):
            wrong["link"] = Unclear("grp_link_missing")
    return fields, wrong


def is_address(link: str) -> bool:
    """Only addresses of the web: what people press must not run or call anything."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return False
    no_space = link.split() == [link]
    return parts.scheme in ("http", "https") and "." in host.strip(".") and no_space
