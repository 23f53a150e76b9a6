"""What somebody is told of their limits before they choose files."""

from datetime import datetime, timedelta
from pathlib import Path

from support.uploading import open_site
from tutti.kit.clock import now


async def test_limits_are_told_with_what_is_used_of_them(data_dir: Path) -> None:
    limits = {
        "TUTTI_UPLOADS_MAX_BYTES": "700",
        "TUTTI_UPLOADS_UPLOADER_QUOTA_BYTES": "1000",
        "TUTTI_UPLOADS_FILES_PER_DAY": "2",
        "TUTTI_UPLOADS_EXTENSIONS": "flac,mp3",
    }
    async with open_site(data_dir, **limits) as site:
        assert await site.get("/uploads/limits") == {
            "maxBytes": 700,
            "extensions": ["flac", "mp3"],
            "quotaBytes": 1000,
            "storedBytes": 0,
            "filesPerDay": 2,
            "filesBegun": 0,
            "nextAt": None,
        }
        await site.begin(600)
        half_used = await site.get("/uploads/limits")
        assert (half_used["storedBytes"], half_used["filesBegun"], half_used["nextAt"]) == (600, 1, None)
        await site.begin(300)
        full = await site.get("/uploads/limits")
        assert (full["storedBytes"], full["filesBegun"]) == (900, 2)
        wait = datetime.fromisoformat(full["nextAt"]) - now()
        assert timedelta(hours=23) < wait <= timedelta(hours=24)
        assert (await site.get("/uploads/limits", who="ugo"))["filesBegun"] == 0


async def test_an_admin_has_no_quota_unless_one_is_set(data_dir: Path) -> None:
    async with open_site(data_dir) as site:
        assert (await site.get("/uploads/limits", who="ada"))["quotaBytes"] is None
        assert (await site.ask("GET", "/uploads/limits", who="lee")).status_code == 403
