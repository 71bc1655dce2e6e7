"""The posters again, and beyond: `pcbin reproduce poster-a`, `poster-b` and `beyond-b` train every system and
make tables and figures.

Each study is resumable (trained runs and measured cells stay in its folder) and ends in one self-contained
HTML page beside the same as PNG, CSV and JSON. Needs the extras train and viz.
"""
