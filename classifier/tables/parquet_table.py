"""Parquet in, rows out; what is nested is read by its path, as in JSON."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from classifier.errors import StanceError
from classifier.storage import open_file
from classifier.tables.cells import NO_VALUE, cell_of, paths_of, value_at
from classifier.tables.columns import Layout, check_unique, choose_columns, describe
from classifier.tables.dates import decide
from classifier.tables.gzipped import check_ratio
from classifier.tables.rows import Part, Reject, Row, row_of
from classifier.tables.table import Table

_SAMPLE_ROWS = 50
_DAMAGE = (ValueError, OverflowError, LookupError)
_BATCH = 64
"""Rows of a Parquet file read at once: each of them may be a whole article."""


def open_parquet(name: str, columns: Mapping[str, str], part: Part) -> Table:
    """Open a Parquet file. Parameters, errors and result are those of ``reader.open_table``."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise StanceError(f"{name}: reading Parquet needs the extra: pip install 'diplomatic-stance[parquet]'") from None
    try:
        remote = open_file(name) if "://" in name else None
        schema = parquet.ParquetFile(remote or name).schema
        # A text that stands again and again is held once; what is nested has no column of its name.
        columns_held = {schema.column(place).path for place in range(len(schema.names))}
        file = parquet.ParquetFile(
            remote or name, read_dictionary=sorted(columns_held.intersection(schema.to_arrow_schema().names))
        )
        size = remote.seek(0, io.SEEK_END) if remote else os.path.getsize(name)
        check_ratio(_unpacked(file.metadata), size)
        first = next(file.iter_batches(_SAMPLE_ROWS), None)
        check_ratio(sum(map(_size, first.columns)) if first else 0, size)
    except (OSError, pyarrow.ArrowException, *_DAMAGE) as error:
        raise _no_parquet(name, error) from None
    paths = _paths(file.schema_arrow, first)
    names = [path for path, _, _ in paths]
    shown = [_texts(first.column(place), within) for _, place, within in paths] if first else []
    chosen = choose_columns(names, list(map(list, zip(*shown, strict=True))), columns, name)
    check_unique(names, chosen, name)
    groups = range(part.start, part.end or file.num_row_groups)

    def read(fields: Sequence[str], groups: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The cells of these fields, row by row."""
        wanted = [paths[place] for field in fields for place in chosen[field]]
        above = list(dict.fromkeys(file.schema_arrow.names[place] for _, place, _ in wanted))
        unpacked = 0
        try:
            for batch in file.iter_batches(_BATCH, groups, above):
                held = batch.select(above)
                unpacked += sum(map(_size, held.columns))
                check_ratio(unpacked, size)
                yield from zip(
                    *(_texts(held.column(file.schema_arrow.names[place]), within) for _, place, within in wanted), strict=True
                )
        except (OSError, pyarrow.ArrowException, *_DAMAGE) as error:
            raise _no_parquet(name, error) from None

    dated = shown[chosen["date"][0]] if first and "date" in chosen else []
    order = decide(dated, part.dates, lambda: (cell for (cell,) in read(["date"], range(file.num_row_groups))))
    number = part.number

    def rows() -> Iterator[Row | Reject]:
        nonlocal number
        places = iter(range(len(names)))
        layout = Layout({field: tuple(next(places) for _ in each) for field, each in chosen.items()}, order.first)
        for cells in read([*chosen], groups):
            number += 1
            yield row_of(number, part.id_of(number), cells, layout)

    told = ", ".join(filter(None, [f"{name}: Parquet", describe(chosen, names, has_header=True), str(order)]))
    return Table(told, rows(), lambda: number / file.metadata.num_rows, dates=order.first)


def _paths(schema: Any, first: Any) -> list[tuple[str, int, str]]:
    """Each column by its name, or of a dictionary each of its values by its path: the path, the column, the path within."""
    import pyarrow

    found = []
    for place, field in enumerate(schema):
        kind = field.type
        while pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
            kind = kind.value_type
        if pyarrow.types.is_struct(kind) and first:
            keys: dict[str, Any] = {}
            for value in first.column(place).to_pylist():
                keys |= dict.fromkeys(paths_of({"": value})) if value else {}
            found += [(f"{field.name}{path}", place, path[1:]) for path in keys] or [(field.name, place, "")]
        else:
            found.append((field.name, place, ""))
    return found


def _unpacked(metadata: Any) -> int:
    """Bytes that the file says its columns unpack to."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return sum(group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns))


def _size(column: Any) -> int:
    """Bytes of the texts of a column, before any of them becomes one of Python's."""
    import pyarrow
    from pyarrow import compute

    values = column.dictionary if pyarrow.types.is_dictionary(column.type) else column
    try:
        sizes = compute.binary_length(values)
    except pyarrow.ArrowNotImplementedError:  # no texts
        return int(column.nbytes)
    return compute.sum(sizes if values is column else sizes.take(column.indices)).as_py() or 0


def _texts(column: Any, within: str) -> list[str]:
    """The values of a column as cells; of dictionaries, those under the path `within`."""
    try:
        return [cell_of(value_at(value, within) if within else value) for value in column.to_pylist()]
    except _DAMAGE:
        return [_text(value, within) for value in column]


def _text(value: Any, within: str) -> str:
    """A value as a cell; one that Python cannot hold, such as a date after the year 9999, costs its row alone."""
    try:
        found = value.as_py()
        return cell_of(value_at(found, within) if within else found)
    except _DAMAGE:
        return NO_VALUE


def _no_parquet(name: str, error: Exception) -> StanceError:
    return StanceError(f"{name}: cannot be read as Parquet ({' '.join(str(error).split())}); check the file")
