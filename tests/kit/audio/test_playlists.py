"""The text of playlists."""

from tutti.kit.audio import INIT, Extent, FlacStream, Grid, Source, master_playlist, media_playlist, rungs_of

SOURCE = Source("/nowhere", "flac", "flac", 48_000, 2, 900, True, 16)
EXTENT = Extent(48_000 * 13, 48_000, 2, FlacStream(bytes(34), 4096, 16, 1_500_000))


def test_a_master_playlist() -> None:
    rungs = rungs_of(SOURCE, EXTENT)[::3]
    assert master_playlist(rungs, lambda rung: f"{rung.name}/index.m3u8?sig=a%2Cb") == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=83960,AVERAGE-BANDWIDTH=67960,CODECS="mp4a.40.2"\n'
        "aac64/index.m3u8?sig=a%2Cb\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=1539772,AVERAGE-BANDWIDTH=923077,CODECS="fLaC"\n'
        "flac/index.m3u8?sig=a%2Cb\n"
    )


def test_a_media_playlist_whose_rest_goes_with_the_last_segment() -> None:
    rung = rungs_of(SOURCE, EXTENT)[0]
    text = media_playlist(Grid(rung, EXTENT), lambda number: "init" if number == INIT else f"{number}?sig=x")
    assert text == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:7\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="init"\n'
        "#EXTINF:6.016000,\n"
        "0?sig=x\n"
        "#EXTINF:7.005333,\n"
        "1?sig=x\n"
        "#EXT-X-ENDLIST\n"
    )
