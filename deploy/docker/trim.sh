#!/bin/sh
# Takes out of a virtual environment what no running process needs. Usage: trim.sh VENV
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
# The image has an ffmpeg of its own (build-ffmpeg.sh), which is found first.
rm -rf "$packages"/imageio_ffmpeg/binaries/ffmpeg-*
# Sources of what is compiled, type stubs, tests.
find "$packages" -type f \( -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' -o -name '*.pyi' -o -name '*.a' \) -delete
find "$packages" -type d \( -name tests -o -name test \) -path '*/numpy/*' -prune -exec rm -rf {} +
rm -rf "$packages"/numpy/f2py "$packages"/numpy/distutils
# Nothing that runs loads them: litestar's tools for tests, and colours for source code in terminals.
rm -rf "$packages"/faker "$packages"/pygments
# Covers are JPEG, PNG, WebP and GIF; Pillow does without the decoder of AVIF where it is not there.
rm -f "$packages"/PIL/_avif*.so "$packages"/pillow.libs/libavif*
# Debug symbols: most of uvloop and asyncpg. Libraries beside a package (*.libs) were patched, and stripping breaks some.
find "$packages" -name '*.so*' -not -path '*.libs/*' -exec strip --strip-unneeded {} + 2>/dev/null || true
find "$1" -type d -name __pycache__ -prune -exec rm -rf {} +
