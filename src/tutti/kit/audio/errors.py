"""What can go wrong with a sound file and the ffmpeg that reads it. Services turn these into answers of their own."""


class AudioError(Exception):
    """Something about sound went wrong; the message is a plain sentence."""


class AudioRefused(AudioError):
    """There is no sound in the file that can be read; trying again will not help. The message is ffmpeg's last word."""


class AudioDamaged(AudioRefused):
    """The file promises more sound than it holds."""


class LimitExceeded(AudioRefused):
    """The file would take more time or space than a limit allows."""


class FfmpegDied(AudioError):
    """ffmpeg was ended from outside: with its server, or by the system for want of memory. Trying again may help."""
