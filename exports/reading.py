"""What an export reads: who may read it, its plan of slices, its pages, its encoder. Called by every door."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from core.errors import PermissionRefused
from core.principals import Principal
from exports.joins import join_columns
from exports.manifest import Manifest, read_position
from exports.picking import filtered, masked
from exports.request import ExportRequest
from formats import needed_columns, open_encoder
from formats.encoders import FramedEncoder
from timeseries.retention import retention_class
from timeseries.scan import Page, Slice, Throttle, Wanted, plan_slices, plan_touched, scan
from timeseries.selectors import check_readable, masks_for

PAGE_ROWS = 5_000


class Reading:
    """A request in a principal's hands; columns, joins and masks are found once."""

    def __init__(self, principal: Principal, request: ExportRequest) -> None:
        """Check that the principal reads every stream; who does not read everything names streams and both times.

        Raises: InvalidInput, NotFound, PermissionRefused, StoreUnavailable, StoreTimeout.
        """
        if not principal.sees_everything and not request.is_bounded:
            raise PermissionRefused("name the streams, 'from' and 'to': analysts and operators export without bounds")
        for stream in request.streams:
            check_readable(principal, stream)
        self.request = request
        self.columns = (*request.format_columns, *join_columns(principal, request.joins))
        self._masks = masks_for(principal, request.streams or None)
        self._check_filters()

    @property
    def rules(self) -> dict[str, dict[str, str]]:
        """What is hidden or a pseudonym, by stream."""
        return {stream: dict(mask.rules) for stream, mask in self._masks.items()}

    def plan(self) -> list[Slice]:
        """Return the slices. Raises: StoreUnavailable, StoreTimeout."""
        request = self.request
        streams, start, end = request.streams or None, request.start, request.end
        if request.stored_since is not None:
            return plan_touched(streams, request.stored_since, start=start, end=end)
        return plan_slices(streams, start=start, end=end)

    def pages(
        self, manifest: Manifest, *, rows_per_s: float | None = None, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Page]:
        """Read what is left of the plan in a manifest's head. Raises: as `scan`."""
        slices = [Slice.from_json(each) for each in manifest.head["slices"]]
        positions = {int(number): read_position(where) for number, where in manifest.positions.items()}
        page_rows = min(PAGE_ROWS, self.request.part_rows or PAGE_ROWS)
        throttle = Throttle(rows_per_s)
        found = scan(slices, self._wanted(), positions=positions, page_rows=page_rows, throttle=throttle, stop=stop)
        if self._masks:
            found = (masked(page, self._masks) for page in found)
        if self.request.filters:
            found = (filtered(page, self.request.filters) for page in found)
        return found

    def encoder(self, *, compression: str | None = None) -> FramedEncoder:
        """Return the encoder of one file, compressed as the request says or otherwise."""
        request = self.request
        return open_encoder(
            request.format,
            self.columns,
            compression=compression or request.compression,
            is_neutral=request.neutralise_formulas,
        )

    def _wanted(self) -> Wanted:
        request = self.request
        needed = [*needed_columns(self.columns), *sorted(request.filters.columns), *(["stream"] if self._masks else [])]
        return Wanted(
            columns=tuple(dict.fromkeys(needed)),
            start=request.start,
            end=request.end,
            streams=request.streams or None,
            written_from=request.stored_since,
        )

    def _check_filters(self) -> None:
        """Refuse conditions on what is not shown as it is: pseudonyms are not compared with what people know."""
        covered = {name for mask in self._masks.values() for name in mask.rules}
        for condition in self.request.filters.conditions:
            if any(_overlap(condition.field, name) for name in covered):
                raise PermissionRefused(f"{condition.field} is hidden from you, or a pseudonym: no conditions on it")


def expires_before(request: ExportRequest, slices: Sequence[Slice], moment: datetime) -> bool:
    """Tell whether events of the range may have expired by then."""
    classes = [retention_class(name) for name in {each.retention for each in slices}]
    return any(
        each.days is not None and (request.start is None or request.start + timedelta(days=each.days) <= moment)
        for each in classes
    )


def _overlap(one: str, other: str) -> bool:
    """Tell whether one name is the other or lies within it."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
