"""What Schemathesis cannot know of this API."""

import schemathesis
from hypothesis import strategies
from schemathesis.core.failures import Failure

# Messages as the Cloud API takes them: the description says no more of one than that it is an object.
MESSAGES = [
    {"type": "text", "text": {"body": "Hola"}},
    {"type": "image", "image": {"link": "https://example.org/a.png", "caption": "a"}},
    {"type": "location", "location": {"latitude": 4.6, "longitude": -74.1}},
]
TEMPLATE = {"type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}}
# Texts that no pattern describes, and what is understood. A time that has passed is refused like one that never was.
KNOWN = {
    "message": strategies.sampled_from([*MESSAGES, TEMPLATE]),
    "fallback": strategies.just(TEMPLATE),
    "at": strategies.sampled_from(["2030-03-01T09:00:00", "2030-03-10T02:30:00"]),
    "cron": strategies.sampled_from(["0 9 ? * MON-FRI *", "0 9 L * ? 2030-2040"]),
}
# Refusals of requests that hold to the description, where a description cannot say more, by the beginning of `detail`.
BEYOND_DESCRIPTION = (
    # A cursor is sealed with a sum: only those that were handed out are good. `seed.py` has some.
    "`after` is not the `next` of a page of this list.",
    # OpenAPI has no way to say of two query parameters that they exclude each other.
    "A page begins at `page[afterCursor]` or ends at `page[beforeCursor]`: give one of them.",
)


@schemathesis.hook
def flatmap_case(context, case):
    """Half of the bodies that hold to the description get members that are understood, where they have any."""
    is_good = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_good or not isinstance(case.body, dict):
        return strategies.just(case)
    known = {name: KNOWN[name] for name, value in case.body.items() if name in KNOWN and value is not None}

    def with_members(members):
        case.body = {**case.body, **members}
        return case

    return strategies.one_of(strategies.just({}), strategies.fixed_dictionaries(known)).map(with_members)


@schemathesis.hook
def filter_failure(context, failure: Failure, case, response):
    """Keeps every failure but refusals for what is beyond the description."""
    if failure.code != "ST202" or response.status_code != 400:
        return True
    return not response.json()["detail"].startswith(BEYOND_DESCRIPTION)
