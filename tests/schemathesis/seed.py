"""Fills a fresh service with a little of everything, so that ids exist, and tells which.

    seed.py API PHONE AWS LINE TOKEN FOLDER

Writes into FOLDER the description of the API (openapi.json) and dictionaries of what is there (dictionaries.toml), for
values that no schema can tell: ids, names, what other programs understand.
"""

import json
import pathlib
import sys
import time
import urllib.request

API, PHONE, AWS, LINE, TOKEN, FOLDER = sys.argv[1:]
HERE = pathlib.Path(__file__).parent
PATIENCE = 60
LETTERS = 12


def ask(method, url, body=None, headers=()):
    """Sends JSON, answers JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **dict(headers)}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def api(method, path, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(method, API + path, body, {"Authorization": f"Bearer {TOKEN}", **named})


def sim(path, body):
    return ask("POST", f"{PHONE}/_sim/{path}", body)


def sqs(operation, body):
    return ask("POST", AWS, body, {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"})


def eventually(what, count):
    """Asks until there are so many."""
    end = time.monotonic() + PATIENCE
    while True:
        found = what()
        if len(found) >= count:
            return found
        if time.monotonic() > end:
            sys.exit(f"Only {len(found)} of {count}: {found}")
        time.sleep(0.2)


def published(name, text):
    """A journey with two revisions and a draft that differs."""
    journey = api("POST", "/v1/journeys", {"name": name, "notebook": text})
    for more in ["", "\nMore.\n"]:
        api("PUT", f"/v1/journeys/{name}/draft", {"notebook": text + more}, If_Match="*")
        api("POST", f"/v1/journeys/{name}/publish", {"accept_problems": True}, If_Match="*")
    api("PUT", f"/v1/journeys/{name}/draft", {"notebook": text + "\nA draft.\n"}, If_Match="*")
    return journey["id"]


def conversations():
    page = api("GET", f"/v1/lines/{LINE}/conversations?limit=100")
    return [one for one in page["conversations"] if one["last_inbound_at"]]


def answered(person, count):
    """Waits until the phone shows so many messages of the business."""
    ask("GET", f"{PHONE}/_sim/people/{person}/messages?at_least={count}&wait_ms={PATIENCE * 1000}")


survey = (HERE.parent / "journeys" / "survey.md").read_text()
echo = (HERE.parent / "journeys" / "echo.md").read_text()
journeys = [published("survey", survey), published("echo", echo), "survey", "echo", "welcome"]
api("PATCH", "/v1/dictionaries/crm", {"entries": {"url": "https://crm.example"}, "hidden": True})
time.sleep(2.5)  # the functions look every two seconds for what was published

for number in range(3):
    phone = f"57300111000{number}"
    person = sim("people", {"name": "Ana", "phone": phone})["id"]
    for count, text in enumerate(["encuesta", "Sí", "34"], 1):
        sim(f"people/{person}/messages", {"text": text})
        answered(person, count)
sim("changes", {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT", "phone_number": "15550783881"}})

people = eventually(conversations, 3)
contacts = [one["contact"]["id"] for one in people]
chats = [one["id"] for one in people]
messages = api("GET", f"/v1/conversations/{chats[0]}/messages")["messages"]
api("PATCH", f"/v1/conversations/{chats[1]}", {"labels": ["late"], "assignee": "Carmen"})

whens = [{"at": "2030-03-01T09:00:00"}, {"cron": "0 9 ? * MON-FRI *"}, {"at": "2031-03-01T09:00:00"}]
reminders = [
    api(
        "POST",
        f"/v1/lines/{LINE}/reminders",
        {"contact": contacts[0], "time_zone": "America/Bogota", "journey": "survey", **when},
    )["id"]
    for when in whens
]

# What no function could handle, as SQS sets it aside.
queues = sqs("ListQueues", {})["QueueUrls"]
queue = next(url for url in queues if "StatusesDeadLetters" in url)
for number in range(LETTERS):
    sqs("SendMessage", {"QueueUrl": queue, "MessageBody": json.dumps({"number": number})})
letters = eventually(lambda: api("GET", "/v1/dead-letters?limit=100")["dead_letters"], LETTERS)

# Where the second page of each list begins.
lists = [
    f"/v1/lines/{LINE}/conversations",
    f"/v1/conversations/{chats[0]}/messages",
    f"/v1/lines/{LINE}/reminders",
    "/v1/dead-letters",
    "/v1/notices",
    "/v1/journeys",
]
cursors = [next for path in lists if (next := api("GET", f"{path}?limit=1")["next"])]

dictionaries = {
    "lines": [LINE],
    "conversations": chats,
    "contacts": contacts,
    "reminders": reminders,
    "letters": [letter["id"] for letter in letters],
    "journeys": journeys,
    "cursors": cursors,
    "revisions": ["1", "2", "live"],
    "versions": ["live", "draft", "1", "2"],
    "dictionaries": ["crm", "service"],
    "names": ["welcome.png"],
    "wamids": [message["wamid"] for message in messages if message["wamid"]],
    "tags": ["*"],
    "zones": ["America/Bogota", "UTC", "Europe/Madrid"],
}
lines = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}\n" for name, values in dictionaries.items()]
folder = pathlib.Path(FOLDER)
(folder / "dictionaries.toml").write_text("\n".join(lines))
(folder / "openapi.json").write_text(json.dumps(api("GET", "/v1/openapi.json")))
