"""Recovery's judgement: within the person's limits it acts, beyond them it asks, and it knows when to stop."""

from datetime import datetime, timedelta

import pytest

from agents.recovery import ATTEMPTS, Ask, GiveUp, Swap, decide, replan_request
from schemas.intent import Need, Relation
from schemas.offer import Offer, ScoutedNeed
from schemas.order import LineState, Order, OrderLine
from schemas.plan import Conflict, Infeasible, NearestChange, Plan, PlanItem
from schemas.principal import Principal
from schemas.timing import TimeWindow, Timing
from tests.order_examples import HOME, NOW, item, offer, order_line, order_of, usd

ANN = Principal(user_id="ann")
SEVEN = NOW + timedelta(hours=10)
NOON = NOW + timedelta(hours=3)


def flowers(partner: str, dollars: int = 50, **more: object) -> Offer:
    return offer("n1", partner=partner, price=usd(dollars), windows=[TimeWindow(start=NOW, end=SEVEN)], **more)


def dinner(partner: str, dollars: int = 80, **more: object) -> Offer:
    return offer("n2", partner=partner, price=usd(dollars), effect="attended", starts=[SEVEN], place=HOME, **more)


def line(chosen: Offer, state: LineState, *, start: datetime = NOON) -> OrderLine:
    return order_line(f"line-{chosen.partner_id}", chosen, start=start).model_copy(update={"state": state})


def evening(*, limit: int = 150, flowers_state: LineState = "rejected") -> Order:
    """Flowers by noon, which failed, and dinner at seven, which stands."""
    lines = [line(flowers("petals"), flowers_state), line(dinner("sushi"), "accepted", start=SEVEN)]
    order = order_of(ANN, "order-1", lines, limit=usd(limit))
    order.relations = [Relation(first="n1", second="n2")]
    return order


def planned(chosen: PlanItem) -> Plan:
    return Plan(items=[chosen], total=chosen.offer.price)


def changed(field: str, chosen: PlanItem) -> NearestChange:
    return NearestChange.model_validate({"field": field, "message": "so", "plan": planned(chosen)})


def infeasible(*changes: NearestChange) -> Infeasible:
    conflict = Conflict(kind="budget", need_ids=("n1",), message="It costs more than the budget")
    return Infeasible(conflicts=[conflict], changes=list(changes))


class TestWhatIsPlannedAnew:
    def test_what_stands_is_fixed_and_the_failed_need_is_open(self) -> None:
        order = evening()
        request = replan_request(order, order.lines[0], _found(order, flowers("roses")), NOW)
        assert request is not None
        assert [fixed.need_id for fixed in request.fixed] == ["n2"]
        assert [scouted.need.id for scouted in request.needs] == ["n1"]
        assert (request.relations, request.home, request.now) == (order.relations, HOME, NOW)

    def test_the_budget_is_the_limit_of_the_whole_order(self) -> None:
        order = evening(limit=150)
        request = replan_request(order, order.lines[0], _found(order, flowers("roses")), NOW)
        assert request is not None
        assert request.budget == usd(150)

    def test_money_for_another_failed_line_is_kept_aside(self) -> None:
        order = evening(limit=150)
        order.lines[1].state = "rejected"
        request = replan_request(order, order.lines[0], _found(order, flowers("roses")), NOW)
        assert request is not None
        assert (request.budget, request.fixed) == (usd(70), [])

    def test_partners_that_failed_for_the_need_are_not_asked_again(self) -> None:
        order = evening()
        order.lines.insert(0, line(flowers("tulips"), "replaced"))
        found = _found(order, *(flowers(partner) for partner in ("petals", "tulips", "roses")))
        request = replan_request(order, order.lines[1], found, NOW)
        assert request is not None
        assert [found.partner_id for found in request.needs[0].offers] == ["roses"]

    def test_a_partner_that_failed_for_another_need_is_asked(self) -> None:
        order = evening()
        request = replan_request(order, order.lines[0], _found(order, flowers("sushi")), NOW)
        assert request is not None

    def test_without_another_partner_there_is_nothing_to_plan(self) -> None:
        order = evening()
        assert replan_request(order, order.lines[0], _found(order, flowers("petals")), NOW) is None
        assert replan_request(order, order.lines[0], _found(order), NOW) is None

    def test_after_enough_attempts_it_stops(self) -> None:
        order = evening()
        order.lines = [line(flowers(f"p{n}"), "replaced") for n in range(ATTEMPTS - 1)] + [order.lines[0]]
        assert replan_request(order, order.lines[-1], _found(order, flowers("roses")), NOW) is None
        decision = decide(order, order.lines[-1], None)
        assert isinstance(decision, GiveUp)
        assert decision.reason.startswith(f"{ATTEMPTS} partners")

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            (TimeWindow(), (-30, 30)),
            (TimeWindow(start=SEVEN, end=SEVEN), (0, 0)),
            (TimeWindow(start=SEVEN - timedelta(minutes=10)), (-10, 30)),
            (TimeWindow(end=SEVEN + timedelta(minutes=20)), (-30, 20)),
            (TimeWindow(start=SEVEN - timedelta(hours=3), end=SEVEN + timedelta(hours=3)), (-30, 30)),
        ],
        ids=["nothing said", "exactly then", "not before", "not after", "any time in the evening"],
    )
    def test_what_the_person_attends_stays_near_the_approved_time_and_inside_their_windows(
        self, said: TimeWindow, expected: tuple[int, int]
    ) -> None:
        order = evening(flowers_state="accepted")
        failed = order.lines[1]
        failed.state = "rejected"
        failed.need = Need(id="n2", text="dinner", timing=Timing(start=said))
        request = replan_request(order, failed, _found(order, dinner("pizza"), need=failed.need), NOW)
        assert request is not None
        start = request.needs[0].need.timing.start
        assert start.start is not None
        assert start.end is not None
        assert (_minutes(start.start), _minutes(start.end)) == expected

    def test_a_delivery_may_come_at_any_time_the_person_allowed(self) -> None:
        order = evening()
        failed = order.lines[0]
        failed.need = Need(id="n1", text="flowers", timing=Timing(end=TimeWindow(end=SEVEN)))
        request = replan_request(order, failed, _found(order, flowers("roses"), need=failed.need), NOW)
        assert request is not None
        assert request.needs[0].need == failed.need


class TestWhatIsDecided:
    def test_within_the_limits_it_swaps(self) -> None:
        order = evening(limit=150)
        found = item(flowers("roses", 70), start=NOON)
        assert decide(order, order.lines[0], planned(found)) == Swap(item=found)

    def test_over_the_limit_it_asks(self) -> None:
        order = evening(limit=150)
        found = item(flowers("roses", 71), start=NOON)
        assert decide(order, order.lines[0], planned(found)) == Ask(options=(found,))

    def test_money_that_another_repair_needs_is_not_spent(self) -> None:
        order = evening(limit=150)
        order.lines[1].state = "rejected"
        found = item(flowers("roses", 71), start=NOON)
        assert decide(order, order.lines[0], planned(found)) == Ask(options=(found,))

    def test_dinner_at_quite_another_time_is_asked_about(self) -> None:
        order = evening(limit=500)
        order.lines[1].state = "rejected"
        near = item(dinner("pizza"), start=SEVEN + timedelta(minutes=30))
        far = item(dinner("pizza"), start=SEVEN + timedelta(minutes=31))
        assert decide(order, order.lines[1], planned(near)) == Swap(item=near)
        assert decide(order, order.lines[1], planned(far)) == Ask(options=(far,))

    def test_a_delivery_at_another_time_inside_its_window_is_no_question(self) -> None:
        order = evening()
        found = item(flowers("roses"), start=NOON + timedelta(hours=4))
        assert decide(order, order.lines[0], planned(found)) == Swap(item=found)

    def test_changes_that_would_work_are_asked_about_least_first_each_once(self) -> None:
        order = evening()
        dear, late = item(flowers("roses", 90), start=NOON), item(flowers("tulips"), start=SEVEN)
        result = infeasible(changed("budget", dear), changed("start", late), changed("end", late))
        assert decide(order, order.lines[0], result) == Ask(options=(dear, late))

    def test_dropping_something_is_not_an_option_to_choose(self) -> None:
        order = evening()
        other = item(dinner("pizza"), start=SEVEN)
        decision = decide(order, order.lines[0], infeasible(changed("drop", other)))
        assert decision == GiveUp(reason="It costs more than the budget")

    def test_a_plan_that_leaves_the_need_out_is_no_repair(self) -> None:
        order = evening()
        decision = decide(order, order.lines[0], Plan(items=[], total=usd(0), left_out=["n1"]))
        assert isinstance(decision, GiveUp)

    def test_without_anything_to_plan_it_says_so(self) -> None:
        order = evening()
        decision = decide(order, order.lines[0], None)
        assert decision == GiveUp(reason="no other partner offers it for that time")


def _found(order: Order, *offers: Offer, need: Need | None = None) -> ScoutedNeed:
    return ScoutedNeed(need=need or order.lines[0].need, offers=list(offers))


def _minutes(moment: datetime) -> int:
    return round((moment - SEVEN).total_seconds() / 60)
