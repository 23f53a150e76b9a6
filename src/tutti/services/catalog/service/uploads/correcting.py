"""Correcting an uploaded track: what is said of it, and on which album it is by that."""

from datetime import datetime

from tutti.kit.db import Transaction
from tutti.services.catalog.api import UploadTags
from tutti.services.catalog.api.patches import TrackPatch, changes
from tutti.services.catalog.repository import editing, regrouping, uploads
from tutti.services.catalog.repository.regrouping import AlbumChoice
from tutti.services.catalog.service.edits import plan_edit, with_followers
from tutti.services.catalog.service.keys import sort_key
from tutti.services.catalog.service.uploads.albums import choose, say_album
from tutti.services.catalog.service.uploads.naming import upload_album_key

OF_ALBUM = ("album", "album_artists")
"""Fields that say which album a track is on."""


async def correct(
    tx: Transaction, track_id: str, said: UploadTags | TrackPatch, *, uploader_id: str, user_id: str, at: datetime
) -> None:
    """Change what a track says as ``user_id``, and move it to the album that it is on by that."""
    wanted = with_followers({name: value for name, value in changes(said).items() if name not in OF_ALBUM})
    if wanted:
        state = await tx.run(editing.read_state, "track", track_id, list(wanted))
        if state is not None:
            await tx.run(editing.apply_edit, "track", track_id, plan_edit(state, wanted, user_id, at))
    grouping = await tx.run(regrouping.read_grouping, track_id)
    chosen = choose(grouping.chosen, said)
    album = say_album(grouping, chosen)
    if album == grouping.said and chosen == grouping.chosen:
        return
    if album == grouping.file_says and chosen == AlbumChoice():
        await tx.run(regrouping.forget_choice, track_id)
    else:
        await tx.run(regrouping.remember_choice, track_id, grouping, chosen, at)
    key = upload_album_key(album, uploader_id) if album else None
    touched = await tx.run(regrouping.regroup, track_id, album, key, at)
    await tx.run(uploads.settle_uploads, touched, sort_key, at)
