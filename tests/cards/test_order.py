from cards.order import order_status, receipt
from tests.cards.examples import INSTEAD, ORDER, PLAN, REFUSED, a_line, an_order, usd


def test_the_status_tells_every_line_its_state_and_what_happened() -> None:
    assert order_status(ORDER).text.splitlines() == [
        "Your order is being placed: Saturday 28 November 2026 · total $183.40.",
        "14:30–14:45  Twenty tulips · Bloom & Co ★ 4.5 · delivered home · $42.00"
        " · ordered, waiting for the partner's word",
        "19:00–20:45  Table for two · Trattoria Lucia ★ 4.6 · 214 W Oak St · $118.00 · accepted",
        "20:50–21:15  Comfort car · Lakeshore Cars · from Trattoria Lucia to home · $23.40 · under way",
        "No longer part of it:",
        "- Dozen red roses · Petal & Stem ★ 4.7 · $58.00 · replaced: out of stock; instead: Twenty tulips",
        "What happened:",
        "- Fri 27 Nov 13:01  Dozen red roses: ordered, waiting for the partner's word",
        "- Fri 27 Nov 13:02  Dozen red roses: refused (out of stock)",
        "- Fri 27 Nov 13:03  Dozen red roses: accepted, without effect",
        "Order: order_7f3a",
    ]


def test_a_refused_line_says_why_and_the_order_asks_for_attention() -> None:
    answer = order_status(an_order(a_line(1, PLAN.items[0], "rejected", reason="out of stock")))
    assert answer.text.startswith("Your order needs attention")
    assert "refused: out of stock" in answer.text
    assert answer.json_ld is not None
    assert answer.json_ld["orderStatus"] == "https://schema.org/OrderProblem"


def test_a_cancelled_order_has_a_status_and_no_time_line() -> None:
    answer = order_status(an_order(a_line(1, PLAN.items[0], "cancelled")))
    assert answer.text.startswith("Your order is cancelled: total $0.00.")


def test_old_history_is_counted_not_listed() -> None:
    order = ORDER.model_copy(update={"history": ORDER.history * 10})
    assert "- earlier  18 more" in order_status(order).text


def test_the_receipt_accounts_for_the_money() -> None:
    text = receipt(ORDER).text
    assert "Reserved on your payment: $199.40" in text
    assert "Held for the partners: $183.40" in text
    assert "Reservation given back: $16.00" in text
    assert text.endswith("Total: $183.40\nOrder: order_7f3a")


def test_the_receipt_is_paid_only_when_everything_is_done() -> None:
    done = an_order(a_line(1, PLAN.items[0], "fulfilled"))
    documents = receipt(ORDER).json_ld, receipt(done).json_ld
    assert [document and document["paymentStatus"].rpartition("/")[2] for document in documents] == [
        "PaymentAutomaticallyApplied",
        "PaymentComplete",
    ]


def test_the_json_ld_is_an_order_with_its_items() -> None:
    document = order_status(ORDER).json_ld
    assert document is not None
    assert (document["@type"], document["orderNumber"]) == ("Order", "order_7f3a")
    assert document["partOfInvoice"]["totalPaymentDue"] == {
        "@type": "MonetaryAmount",
        "value": "183.40",
        "currency": "USD",
    }
    states = {item["orderItemNumber"]: item["orderItemStatus"].rpartition("/")[2] for item in document["orderedItem"]}
    assert states[REFUSED.id] == "OrderCancelled"
    assert states[INSTEAD.id] == "OrderProcessing"
    assert ORDER.total == usd("183.40")
