"""Entropy coding of codes with an integer table that a model carries (spec: formats/pcb-v1.md, section 8).

`Table` is all there is: one code to fewer bytes and back, or a whole chunk of codes. Everything between bits
and bytes is unsigned integer arithmetic, the same on every machine.
"""

from pcbin.formats.entropy._mixture import ONE, WEIGHT_SUM
from pcbin.formats.entropy._single import BitReader
from pcbin.formats.entropy._single import encode as encode_bits
from pcbin.formats.entropy._table import Table, check_table

__all__ = ["ONE", "WEIGHT_SUM", "BitReader", "Table", "check_table", "encode_bits"]
