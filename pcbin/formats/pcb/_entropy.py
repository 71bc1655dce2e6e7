"""The table that an entropy-coded code needs: it is the model's, so it comes from whoever has the models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pcbin.errors import InputError, ModelNotFound
from pcbin.formats.entropy import Table

Tables: TypeAlias = Table | Callable[[bytes], Table] | None
"""A table; or what finds that of a model, named by 8 bytes; or None: what needs one raises ModelNotFound."""


def table_of(tables: Tables, model_id: bytes, where: str) -> Table:
    """The table of a model. Raises ModelNotFound where there is none, and what a callable raises."""
    if tables is None:
        raise ModelNotFound(
            f"{where}: entropy coded with the table of model {model_id.hex()}; open the file with pcbin.open "
            "where that model is installed (`pcbin models add FILE`), or pass the model's entropy_table"
        )
    return tables if isinstance(tables, Table) else tables(model_id)


def check_length(table: Table | None, code_bits: int) -> None:
    """Raises InputError for a table that is too short for codes to be written."""
    if table is not None and not isinstance(table, Table):
        raise InputError(f"table: {type(table).__name__}; pass the entropy_table of the codes' model")
    if table is not None and table.bits < code_bits:
        raise InputError(
            f"table: of {table.bits} bits, the codes have {code_bits}; pass that of the codes' model"
        )
