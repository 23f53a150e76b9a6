"""What is measured of an original's sound: loudness, peaks over time, silence at the ends, what its encoder added."""

from tutti.services.media.service.analysis.gapless import Gap, find_gap
from tutti.services.media.service.analysis.measuring import Analysis, Unmeasurable
from tutti.services.media.service.analysis.running import analyse

__all__ = ["Analysis", "Gap", "Unmeasurable", "analyse", "find_gap"]
