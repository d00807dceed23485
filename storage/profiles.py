"""Profiles of the messenger network: what people say of themselves to be found by others.

A profile is shown to nobody by this module's rows alone: `handlers.network.cards` decides
which of its fields somebody else may read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from storage.database import Row, Tx
from storage.moments import stamp

State = Literal["draft", "live", "paused", "asleep"]
"""`draft`: being written, never shown. `asleep`: silent for a year, not shown until confirmed."""

Visible = Literal["card", "agreed", "never"]
"""Who may read a field: everybody it is suggested to, those who both agreed, or nobody."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody said. An empty field was left out. Topics and functions are ids of the
    content's `network.yaml`, `region` is a Bundesland as in ISO 3166-2 without DE: BB."""

    person_id: int
    state: State = "draft"
    town: str = ""
    region: str = ""
    size: str = ""
    function: str = ""
    seeks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    name: str = ""
    contact: str = ""
    visible: Mapping[str, Visible] = field(default_factory=dict)
    confirmed_at: str = ""
    step: str = ""  # the question that was put to its owner last
    typed: str = ""  # a town as they wrote it, while we ask back about it


_LISTS = ("seeks", "offers", "ways")
_TEXTS = ("town", "region", "size", "function", "name", "contact")
_ASKED = ("step", "typed")
_COLUMNS = ", ".join(("person_id", "state", *_TEXTS, *_LISTS, "visible", "confirmed_at", *_ASKED))


async def of(tx: Tx, person_id: int) -> Profile | None:
    """Somebody's profile, in whatever state."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM profiles WHERE person_id = ?", person_id)  # noqa: S608
    return _profile(row) if row else None


async def keep(tx: Tx, profile: Profile, now: datetime) -> None:
    """The profile reads like this from now on, which its owner thereby confirms.

    What was asked last stays as it is; see `ask`.
    """
    fields: dict[str, Any] = {name: getattr(profile, name) for name in ("state", *_TEXTS)}
    fields |= {name: json.dumps(getattr(profile, name)) for name in _LISTS}
    fields["visible"] = json.dumps(dict(profile.visible))
    names = ", ".join(fields)
    changed = ", ".join(f"{name} = excluded.{name}" for name in fields)
    await tx.run(
        f"""INSERT INTO profiles
              (person_id, {names}, created_at, updated_at, confirmed_at)
            VALUES (?, {", ".join("?" * len(fields))}, ?, ?, ?)
            ON CONFLICT (person_id) DO UPDATE SET {changed},
              updated_at = excluded.updated_at, confirmed_at = excluded.confirmed_at""",  # noqa: S608
        profile.person_id,
        *fields.values(),
        stamp(now),
        stamp(now),
        stamp(now),
    )


async def ask(tx: Tx, person_id: int, step: str, typed: str = "") -> None:
    """This is the question that its owner was put last. What the profile says stays."""
    await tx.run(
        "UPDATE profiles SET step = ?, typed = ? WHERE person_id = ?", step, typed, person_id
    )


async def set_state(tx: Tx, person_id: int, state: State, now: datetime) -> None:
    """Shown from now on, or not; what it says stays."""
    await tx.run(
        "UPDATE profiles SET state = ?, updated_at = ? WHERE person_id = ?",
        state,
        stamp(now),
        person_id,
    )


async def forget(tx: Tx, person_id: int) -> bool:
    """Nothing of the profile is left; False if there was none."""
    return await tx.run("DELETE FROM profiles WHERE person_id = ?", person_id) > 0


async def shown(tx: Tx) -> list[Profile]:
    """All that may be suggested: live, and with a consent that holds at this moment."""
    rows = await tx.all(
        f"""SELECT {_COLUMNS} FROM profiles WHERE state = 'live' AND EXISTS (
              SELECT 1 FROM consents AS c WHERE c.person_id = profiles.person_id
                AND c.purpose = 'directory' AND c.withdrawn_at IS NULL)
            ORDER BY person_id"""  # noqa: S608
    )
    return [_profile(row) for row in rows]


async def lost(tx: Tx, seen_before: datetime) -> list[int]:
    """Whose profile is live though nothing that we write reaches them any more: they came by
    the web chat alone, and nobody has its page or a code to come back to it."""
    rows = await tx.all(
        """SELECT person_id FROM profiles JOIN people ON people.id = profiles.person_id
           WHERE state = 'live' AND seen_at < ? AND NOT EXISTS (
             SELECT 1 FROM addresses AS a WHERE a.person_id = profiles.person_id
               AND (a.channel <> 'web'
                 OR EXISTS (SELECT 1 FROM web_sessions AS s WHERE s.chat = a.chat)
                 OR EXISTS (SELECT 1 FROM return_codes AS r WHERE r.chat = a.chat)))
           ORDER BY person_id""",
        stamp(seen_before),
    )
    return [row["person_id"] for row in rows]


def _profile(row: Row) -> Profile:
    fields = dict(row)
    for name in _LISTS:
        fields[name] = tuple(json.loads(fields[name]))
    fields["visible"] = json.loads(fields["visible"])
    return Profile(**fields)
