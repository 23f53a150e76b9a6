"""Notes before they are sounds: pitches, chords, voice leading, melodies, time."""
