"""A call over the network is as a call of the object itself."""

from kit.rpc.sample import SOME_TIME, Librarian, Shelf, Shelves, Wish


async def test_arguments_and_results_pass_by_their_types(shelves: Shelves) -> None:
    found = await shelves.get_shelves(("one", "two"), kind="steel")

    assert found == [
        Shelf("steel one", SOME_TIME, ("a", "b"), [Wish(title=None)]),
        Shelf("steel two", SOME_TIME, ("a", "b"), [Wish(title=None)]),
    ]
    assert await shelves.get_shelves(["three"]) == [Shelf("wood three", SOME_TIME, ("a", "b"), [Wish(title=None)])]


async def test_nothing_is_an_answer(shelves: Shelves) -> None:
    assert await shelves.find_shelf("missing") is None


async def test_arguments_by_name_and_defaults(shelves: Shelves, librarian: Librarian) -> None:
    shelf = Shelf("x", SOME_TIME)

    assert await shelves.add_shelf(shelf) == "x"
    assert await shelves.add_shelf(shelf, loud=True) == "X"
    assert await shelves.add_shelf(loud=True, shelf=shelf) == "X"
    assert librarian.shelves == {"x": shelf}
