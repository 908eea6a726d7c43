"""What an export reads: who may read it, its plan of slices, its pages, its encoder. Called by every door."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from core.errors import PermissionRefused
from core.principals import Principal
from exports.manifest import Manifest, read_position
from exports.request import ExportRequest
from formats import Encoder, PageValues, needed_columns, open_encoder
from formats.encoders import FramedEncoder
from timeseries.filters import Filters
from timeseries.paths import COLUMNS, PAYLOAD
from timeseries.retention import retention_class
from timeseries.scan import Page, Slice, Throttle, Wanted, plan_slices, plan_touched, scan
from timeseries.selectors import check_readable

__all__ = ["Encoder", "check_allowed", "expires_before", "make_encoder", "pages", "plan"]
PAGE_ROWS = 5_000


def check_allowed(principal: Principal, request: ExportRequest) -> None:
    """Check that the principal reads every stream; who does not read everything names streams and both times.

    Raises: NotFound, PermissionRefused, StoreUnavailable, StoreTimeout.
    """
    if not principal.sees_everything and not request.is_bounded:
        raise PermissionRefused("name the streams, 'from' and 'to': analysts and operators export without bounds")
    for stream in request.streams:
        check_readable(principal, stream)


def plan(request: ExportRequest) -> list[Slice]:
    """Return the slices of an export. Raises: StoreUnavailable, StoreTimeout."""
    streams, start, end = request.streams or None, request.start, request.end
    if request.stored_since is not None:
        return plan_touched(streams, request.stored_since, start=start, end=end)
    return plan_slices(streams, start=start, end=end)


def pages(
    request: ExportRequest,
    manifest: Manifest,
    *,
    rows_per_s: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Page]:
    """Read what is left of the plan in a manifest's head. Raises: as `scan`."""
    slices = [Slice.from_json(each) for each in manifest.head["slices"]]
    positions = {int(number): read_position(where) for number, where in manifest.positions.items()}
    page_rows = min(PAGE_ROWS, request.part_rows or PAGE_ROWS)
    found = scan(
        slices, wanted(request), positions=positions, page_rows=page_rows, throttle=Throttle(rows_per_s), stop=stop
    )
    return (_filtered(page, request.filters) for page in found) if request.filters else found


def wanted(request: ExportRequest) -> Wanted:
    """Return which columns of which rows a scan is to read."""
    needed = needed_columns(request.format_columns)
    return Wanted(
        columns=tuple(dict.fromkeys([*needed, *sorted(request.filters.columns)])),
        start=request.start,
        end=request.end,
        streams=request.streams or None,
        written_from=request.stored_since,
    )


def _filtered(page: Page, filters: Filters) -> Page:
    """Keep the rows that meet all conditions."""
    values = PageValues(page)
    columns = [values.column(name) if name in filters.columns else [None] * page.rows for name in (*COLUMNS, PAYLOAD)]
    columns[-1] = [payload.decode() if isinstance(payload, bytes) else payload for payload in columns[-1]]
    found = iter([filters.matches(row) for row in zip(*columns, strict=True)])
    kept = page.mask or b"\1" * page.body_rows
    return page.keeping(bytes(next(found) if is_kept else 0 for is_kept in kept))


def make_encoder(request: ExportRequest) -> FramedEncoder:
    """Return the encoder of one file."""
    return open_encoder(
        request.format,
        request.format_columns,
        compression=request.compression,
        is_neutral=request.neutralise_formulas,
    )


def expires_before(request: ExportRequest, slices: Sequence[Slice], moment: datetime) -> bool:
    """Tell whether events of the range may have expired by then."""
    classes = [retention_class(name) for name in {each.retention for each in slices}]
    return any(
        each.days is not None and (request.start is None or request.start + timedelta(days=each.days) <= moment)
        for each in classes
    )
