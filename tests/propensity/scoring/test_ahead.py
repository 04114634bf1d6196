import threading

import pytest

from propensity.scoring.ahead import Beside, ahead


def failing(good):
    yield from range(good)
    raise OSError("the disk is full")


def test_items_come_in_order_from_another_thread():
    makers = []

    def items():
        for number in range(5):
            makers.append(threading.current_thread().name)
            yield number

    assert list(ahead(items(), name="maker")) == list(range(5))
    assert all(name.startswith("maker") for name in makers)


def test_what_making_an_item_raises_comes_at_its_turn():
    items = ahead(failing(2), name="maker")

    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(OSError, match="the disk is full"):
        next(items)


def test_a_reader_that_stops_leaves_no_thread_behind():
    items = ahead(iter(range(9)), name="left alone")
    next(items)
    items.close()

    assert not [t for t in threading.enumerate() if t.name.startswith("left alone")]


def test_what_is_done_beside_is_done_in_order_and_at_the_end_all_of_it():
    done = []
    with Beside(name="writer") as beside:
        for number in range(5):
            beside.do(done.append, number)

    assert done == list(range(5))


def acted(numbers, error=None):
    """Lets a thread act that cannot act on 0, and then raises the error."""

    def refuse(number):
        if number == 0:
            raise OSError("the disk is full")

    with Beside(name="writer") as beside:
        for number in numbers:
            beside.do(refuse, number)
        if error is not None:
            raise error


@pytest.mark.parametrize("numbers", [[1, 0], [0, 1]], ids=["the last thing", "one before"])
def test_what_the_thread_raises_reaches_the_caller(numbers):
    with pytest.raises(OSError, match="the disk is full"):
        acted(numbers)


def test_an_error_of_the_caller_is_not_hidden_by_one_of_the_thread():
    with pytest.raises(KeyboardInterrupt):
        acted([0], KeyboardInterrupt())
