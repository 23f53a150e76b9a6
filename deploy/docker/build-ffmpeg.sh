#!/bin/sh
# An ffmpeg of 10 MB for sound alone, from Debian's source: what src/tutti/kit/audio reads and what Tutti writes.
# Usage: build-ffmpeg.sh SOURCE_FOLDER TARGET. The one on PyPI holds every codec of pictures and takes 170 MB.
set -eu
cd "$1"
decoders="mp1*,mp2*,mp3*,aac,aac_latm,alac,flac,vorbis,opus,wavpack,ape,wmav1,wmav2,wmapro,wmalossless,ac3,eac3,dsd_*"
decoders="$decoders,pcm_*,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,libopus"
filters="aformat,aresample,anull,apad,atrim,asplit,asetpts,asetnsamples,astats,ametadata,ebur128,silencedetect,volume"
filters="$filters,anullsink,abuffer,abuffersink,nullsink,aeval,aevalsrc"
./configure \
  --disable-everything --disable-autodetect --disable-network --disable-doc --disable-debug \
  --disable-ffplay --disable-ffprobe --disable-avdevice --disable-swscale --disable-postproc \
  --enable-gpl --enable-libopus --enable-libmp3lame --enable-ffmpeg \
  --enable-protocol=file,pipe \
  --enable-demuxer=mp3,aac,flac,mov,ogg,wav,aiff,asf,ape,wv,dsf,pcm_s16le \
  --enable-muxer=mp4,ipod,mp3,adts,ogg,opus,flac,wav,null,framecrc,data,pcm_s16le,pcm_f32le,s16le,f32le \
  --enable-parser=mpegaudio,aac,aac_latm,flac,vorbis,opus,ac3 \
  --enable-decoder="$decoders" \
  --enable-encoder=aac,flac,libopus,libmp3lame,pcm_s16le,pcm_f32le \
  --enable-bsf=aac_adtstoasc,null,extract_extradata \
  --enable-filter="$filters" \
  --pkg-config-flags=--static --extra-ldflags=-static --extra-libs=-lm
make -j"$(nproc)" ffmpeg
strip -o "$2" ffmpeg
