"""What is measured of an original's sound: loudness, peaks over time, silence at the ends, what its encoder added."""

from tutti.services.media.service.analysis.gapless import Gap, find_gap
from tutti.services.media.service.analysis.measuring import Analysis, filter_chain, read_analysis

__all__ = ["Analysis", "Gap", "filter_chain", "find_gap", "read_analysis"]
