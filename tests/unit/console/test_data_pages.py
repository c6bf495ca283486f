"""The data desk's pages: what they show, send, offer, and say when it is refused."""

import httpx
import pytest

from services.console.domain import data_desk
from tests.support.html import Page
from tests.unit.console.fake_desk import (
    BATCH_PAGE,
    ENTRY,
    ENTRY_PAGE,
    FILE,
    FILE_ID,
    FILE_PAGE,
    PRINCIPAL,
    PROBLEM,
    PUBLISHER_PAGE,
    SECRET,
    desk,
)
from tests.unit.console.fake_services import HOSTILE, console

PAGES = [
    "/data",
    "/data/files",
    FILE_PAGE,
    "/data/quarantine",
    ENTRY_PAGE,
    "/data/quarantine/bulk?act=release&reason=invalid",
    "/data/batches",
    BATCH_PAGE,
    "/data/disputes",
    "/data/publishers",
    PUBLISHER_PAGE,
    f"/data/receipts?receipt={'b' * 32}",
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
async def test_hostile_strings_stay_text(path: str, language: str) -> None:
    """In both languages, with every field named, every table headed and no id twice."""
    async with console(desk()) as browser:
        answer = await browser.get(f"{path}{'&' if '?' in path else '?'}language={language}")
    page = Page(answer.text)

    assert 200 == answer.status_code, page.words()
    assert "<script>alert" not in answer.text
    assert HOSTILE in page.words()
    assert [] == page.select("//script[not(@src) and @type != 'application/json']")
    assert [] == page.select("//@style | //@onclick | //style")
    assert len(page.select("//table")) == len(page.select("//table/caption"))
    named = "ancestor::label | self::*[@aria-label]"
    fields = page.select("//main//*[self::input[not(@type='hidden')] | self::select]")
    assert all(field.xpath(named) for field in fields)
    ids = page.select("//@id")
    assert len(ids) == len(set(ids))
    assert set(page.select("//@aria-labelledby")) <= set(ids)


async def test_the_desk_says_what_waits() -> None:
    """Counts by reason and age lead to the list of just those."""
    async with console(desk()) as browser:
        page = Page((await browser.get("/data")).text)

    links = page.select("//table[contains(@class,'matrix')]//a/@href")
    assert "/data/quarantine?reason=conflict" in links
    assert "/data/quarantine?reason=invalid&older=week" in links
    # What may cost money comes first.
    assert "标识冲突" in page.words("//table[contains(@class,'matrix')]/tbody/tr[1]")
    assert "2,400" in page.words("//tr[@class='sum']")
    assert "1 项，涉及 1 份材料" in page.words("//main")
    assert "1 个来源已有 5 个开账日或更久没有新数据" in page.words("//main")


@pytest.mark.parametrize("service", ["intake", "analysis", "reporting"])
async def test_the_desk_lives_without_a_service(service: str) -> None:
    """What the others say is there, and which one is away is said."""
    fake = desk()
    async with console(fake) as browser:
        await browser.get("/data")
        fake.away(service)
        answer = await browser.get("/data")

    assert 200 == answer.status_code
    assert "无应答" in Page(answer.text).words("//main")


async def test_only_what_one_may_is_offered() -> None:
    """An auditor looks; a publisher sees its files; the operator gives keys."""
    async with console(desk("quarantine", "read")) as browser:
        listed = Page((await browser.get("/data/quarantine?reason=invalid")).text)
        entry = Page((await browser.get(ENTRY_PAGE)).text)
        publishers = Page((await browser.get("/data/publishers")).text)
        home = Page((await browser.get("/data")).text)
    acts = "//main//form[@method='post']"
    assert [] == [*listed.select(acts), *entry.select(acts), *publishers.select(acts)]
    assert [] == listed.select("//a[contains(@href,'bulk')]")
    assert [] == home.select("//main//a[contains(@href,'/data/files')]")
    assert "treasury" in publishers.words("//main")


async def test_the_list_asks_for_what_its_address_says() -> None:
    """State, reason, publisher; an age as the moment before which it was refused."""
    fake = desk()
    async with console(fake) as browser:
        page = Page(
            (
                await browser.get("/data/quarantine?reason=invalid&older=week&tenant=城&state=all")
            ).text
        )
        plain = Page((await browser.get("/data/quarantine")).text)
        refused = await browser.get(f"/data/quarantine?code={'x' * 400}")
    asked = [dict(r.url.params) for r in fake.requests if r.url.path == "/v1/quarantine"]

    assert "before" in asked[0]
    assert {"reason": "invalid", "jurisdiction": "城", "limit": "50"} == {
        name: value for name, value in asked[0].items() if name != "before"
    }
    assert {"state": "open", "limit": "50"} == asked[1]
    assert 422 == refused.status_code
    [following] = page.select("//a[@rel='next']/@href")
    assert "reason=invalid" in following
    assert "after=" in following
    # A command for many needs a filter, and is for open entries.
    assert [] == [*page.select("//a[contains(@href,'bulk')]"), *plain.select("//*[@id='bulk']")]


async def test_many_are_counted_before_they_are_released() -> None:
    """Then a bounded number is done, and what is left is said."""
    fake = desk()
    path = "/data/quarantine/bulk?act=release&reason=conflict"
    async with console(fake) as browser:
        listed = Page((await browser.get("/data/quarantine?reason=conflict")).text)
        counted = Page((await browser.get(path)).text)
        done = {"done": 90, "refused": 10, "pending": 0, "left": 160}
        refusals = [{"id": "9" * 32, "code": "conflict"}]
        answers = iter([{**done, "refusals": refusals}])
        counts = fake.answers["intake/v1/quarantine/bulk"]
        fake.answers["intake/v1/quarantine/bulk"] = lambda _: httpx.Response(
            200, json=next(answers, counts)
        )
        told = await browser.post(
            path, data={"request": "r", "override": "yes", "note": "两笔均属实"}
        )
    bulk = [one for one in fake.requests if one.url.path == "/v1/quarantine/bulk"]
    sent = [httpx.Response(200, content=one.content).json() for one in bulk]

    assert "/data/quarantine/bulk?reason=conflict&act=release" in listed.select("//a/@href")
    assert "共 250 条" in counted.words("//h2")
    assert "放行 100 条" in counted.words("//main//button")
    assert [True, False, True] == [one["dry_run"] for one in sent]
    assert ("conflict", True, "两笔均属实", "r") == (
        sent[1]["filters"]["reason"],
        sent[1]["override"],
        sent[1]["reason"],
        bulk[1].headers["idempotency-key"],
    )
    assert "已办理 90 条，再次被拒 10 条" in Page(told.text).words("//main")
    assert "999999999999" in told.text


async def test_an_entry_shows_where_it_is_wrong() -> None:
    """The line with its pointer, the bytes as a file, a way back to the same list."""
    async with console(desk()) as browser:
        page = Page((await browser.get(f"{ENTRY_PAGE}?reason=invalid")).text)
        raw = await browser.get(f"{ENTRY_PAGE}/raw")

    assert '"amount": "12.5",' == page.words("//ol[@id='event']/li[@class='marked']")
    assert "/data/quarantine?reason=invalid" in page.select("//main//a/@href")
    assert ENTRY["original"].encode() == raw.content
    assert "application/octet-stream" == raw.headers["content-type"]
    assert raw.headers["content-disposition"].startswith("attachment")


async def test_a_refused_fix_loses_nothing() -> None:
    """What was typed stands there, with the line of each fault and its mark."""
    fake = desk()
    fake.answers[f"intake/v1/quarantine/{'a' * 32}/event"] = httpx.Response(422, json=PROBLEM)
    typed = '{\r\n  "id": "p-1",\r\n  "data": {"amount": 12.50, "x": "<b>"}\r\n}'
    async with console(fake) as browser:
        answer = await browser.post(f"{ENTRY_PAGE}/fix", data={"event": typed, "note": "改<i>"})
    page = Page(answer.text)
    [put] = [one for one in fake.requests if one.method == "PUT"]

    assert 422 == answer.status_code
    assert typed.replace("\r\n", "\n").encode() == put.content
    assert ("application/cloudevents+json", "改<i>") == (
        put.headers["content-type"],
        put.url.params["note"],
    )
    assert typed.replace("\r\n", "\n") == page.select("//textarea[@id='typed']")[0].text.lstrip(
        "\n"
    )
    assert ["改<i>"] == page.select("//section[@id='fix']//input[@name='note']/@value")
    assert "第 3 行" in page.words("//div[@id='fix-refusal']")
    assert '"amount": 12.50,' == page.words("//ol[@id='marked']/li[@class='marked']")


async def test_fix_release_and_discard_are_sent_once() -> None:
    """Each leads back to the entry, with the filters of the list."""
    fake = desk()
    name = f"intake/v1/quarantine/{'a' * 32}"
    fake.answers |= {f"{name}/{act}": ENTRY for act in ("event", "release", "discard")}
    async with console(fake) as browser:
        fixed = await browser.post(f"{ENTRY_PAGE}/fix?reason=invalid", data={"event": "{}"})
        await browser.post(f"{ENTRY_PAGE}/release", data={"request": "r", "override": "yes"})
        await browser.post(f"{ENTRY_PAGE}/discard", data={"request": "d", "note": "重复报送"})
        unknown = await browser.post(f"{ENTRY_PAGE}/burn", data={})
        foreign = await browser.post(
            f"{ENTRY_PAGE}/discard", data={}, headers={"Origin": "http://evil"}
        )
    sent = [one for one in fake.requests if one.method == "POST"]

    assert (303, f"{ENTRY_PAGE}?reason=invalid") == (fixed.status_code, fixed.headers["location"])
    assert [b'{"override":true,"note":""}', '{"reason":"重复报送"}'.encode()] == [
        one.content.replace(b": ", b":").replace(b", ", b",") for one in sent
    ]
    assert ["r", "d"] == [one.headers["idempotency-key"] for one in sent]
    assert (404, 403) == (unknown.status_code, foreign.status_code)


async def test_a_closed_or_cut_entry_is_not_offered_to_be_fixed() -> None:
    """What is cut can be discarded; what is closed only read."""
    fake = desk()
    name = f"intake/v1/quarantine/{'a' * 32}"
    fake.answers[name] = {**ENTRY, "cut": True, "original": SENT_CUT}
    async with console(fake) as browser:
        cut = Page((await browser.get(ENTRY_PAGE)).text)
        fake.answers[name] = {**ENTRY, "state": "released", "entry": {"sequence": 7}}
        closed = Page((await browser.get(ENTRY_PAGE)).text)

    assert ["作废"] == [button.text for button in cut.select("//main//form//button")]
    assert '{"a":"<img' in cut.words("//pre")
    assert [] == closed.select("//main//form")
    assert "第 7 号" in closed.words("//main")


SENT_CUT = '{"a":"<img'


async def test_a_file_goes_on_as_it_comes() -> None:
    """Its bytes, its name, its kind; then its page."""
    fake = desk()
    got: list[bytes] = []

    def uploaded(request: httpx.Request) -> httpx.Response:
        got.append(request.read())
        return httpx.Response(201, json=FILE)

    fake.answers["intake/v1/files"] = uploaded
    content = b"\r\n--not-the-boundary\r\n" * 100
    async with console(fake) as browser:
        answer = await browser.post(
            "/data/files",
            data={"jurisdiction": "城", "preset": "payment-vouchers"},
            files={"file": ("支付凭证.csv", content)},
        )
    [sent] = [one for one in fake.requests if one.method == "POST"]

    assert (303, FILE_PAGE) == (answer.status_code, answer.headers["location"])
    assert [content] == got
    assert {"preset": "payment-vouchers", "jurisdiction": "城", "name": "支付凭证.csv"} == dict(
        sent.url.params
    )


@pytest.mark.parametrize(
    ("files", "said"), [({"file": ("a.csv", b"x")}, "字段值有误"), ({}, "请选择要上传的文件")]
)
async def test_a_refused_file_says_why_beside_the_form(
    files: dict[str, tuple[str, bytes]], said: str
) -> None:
    """What else was chosen is still chosen."""
    fake = desk()
    fake.answers["intake/v1/files"] = lambda request: (
        httpx.Response(422, json=PROBLEM)
        if request.method == "POST"
        else httpx.Response(200, json={"items": []})
    )
    form = {"jurisdiction": "城", "preset": "payment-vouchers"}
    body = httpx.Request("POST", "http://x", data=form, files=files or {"x": ("", b"")})
    async with console(fake) as browser:
        answer = await browser.post(
            "/data/files",
            content=body.read(),
            headers={"content-type": body.headers["content-type"]},
        )
        nonsense = await browser.post("/data/files", data={"preset": "x"})
        english = await browser.post("/data/files?language=en", data={"preset": "x"})
    page = Page(answer.text)

    assert (422, 422) == (answer.status_code, nonsense.status_code)
    assert "提交的表单无法读取" in Page(nonsense.text).words("//*[@role='alert']")
    assert "no multipart/form-data" in Page(english.text).words("//*[@role='alert']")
    assert said in page.words("//*[@role='alert']")
    assert ["payment-vouchers"] == page.select("//select[@name='preset']/option[@selected]/@value")


async def test_a_file_shows_what_its_rows_become() -> None:
    """Before it is started: first facts, columns, what is missing, what is rejected."""
    async with console(desk()) as browser:
        page = Page((await browser.get(FILE_PAGE)).text)

    facts = page.words("//section[@aria-labelledby='preview-title']//tbody/tr[1]")
    assert "12,345,678.00" in facts
    assert "支出" in facts
    columns = page.select("//table[contains(@class,'columns')]/tbody/tr")
    said = [[cell.text_content().strip() for cell in row] for row in columns]
    assert [
        ["支付凭证号", "支付凭证号", "PAY.pay_cert_no"],
        ["金额(万元)", "实际支付金额", "–"],
    ] == said[:2]
    assert "不读取" == said[2][1]
    assert "缺少必需列：支付日期" in page.words("//p[@class='notice']")
    assert "共 25 行，显示前 1 行" in page.words("//main")
    assert [f"{FILE_PAGE}/start", f"{FILE_PAGE}/delete"] == page.select("//main//form/@action")


async def test_a_file_is_followed_until_it_is_done() -> None:
    """The part asks again by itself; without scripts there is a link and a plain refresh."""
    fake = desk()
    name = f"intake/v1/files/{FILE_ID}"
    running = {**FILE, "state": "running", "counts": {**FILE["counts"], "sent": 3}}
    fake.answers[f"{name}/start"] = running
    fake.answers[name] = running
    part = {"HX-Request": "true", "HX-Target": "progress"}
    async with console(fake) as browser:
        started = await browser.post(f"{FILE_PAGE}/start", data={})
        whole = Page((await browser.get(FILE_PAGE)).text)
        following = await browser.get(FILE_PAGE, headers=part)
        refused = {"line": 4, "verdict": "conflict", "quarantine": "a" * 32}
        fake.answers[name] = {**FILE, "state": "done", "refused": [refused]}
        ended = await browser.get(FILE_PAGE, headers=part)
        done = Page((await browser.get(FILE_PAGE)).text)

    assert (303, FILE_PAGE) == (started.status_code, started.headers["location"])
    assert [("3", "5")] == [
        (p.get("value"), p.get("max")) for p in whole.select("//main//progress")
    ]
    assert ["3"] == whole.select("//noscript/meta[@http-equiv='refresh']/@content")
    assert "<html" not in following.text
    assert ("hx-refresh" in following.headers, "true") == (False, ended.headers["hx-refresh"])
    assert [ENTRY_PAGE] == done.select("//section[@aria-labelledby='refused-title']//a/@href")
    assert [] == done.select("//main//progress")


async def test_a_file_is_forgotten_or_says_why_not() -> None:
    """Deleted it leads to the list; while it runs it cannot be."""
    fake = desk()
    name = f"intake/v1/files/{FILE_ID}"
    fake.answers[name] = lambda request: (
        httpx.Response(409, json=PROBLEM)
        if request.method == "DELETE"
        else httpx.Response(200, json=FILE)
    )
    async with console(fake) as browser:
        kept = await browser.post(f"{FILE_PAGE}/delete", data={})
        fake.answers[name] = httpx.Response(204)
        gone = await browser.post(f"{FILE_PAGE}/delete", data={})
        unknown = await browser.post(f"{FILE_PAGE}/eat", data={})

    assert (422, 303, 404) == (kept.status_code, gone.status_code, unknown.status_code)
    assert "字段值有误" in Page(kept.text).words("//*[@role='alert']")
    assert "/data/files" == gone.headers["location"]


async def test_files_are_passed_on() -> None:
    """Templates and rejected rows come from intake with their names."""
    fake = desk()
    given = httpx.Response(200, content=b"PK", headers={"content-disposition": "attachment; x"})
    fake.answers["intake/v1/files/templates/payment-vouchers"] = given
    fake.answers[f"intake/v1/files/{FILE_ID}/rejects"] = given
    async with console(fake) as browser:
        answers = [
            await browser.get("/data/files/presets/payment-vouchers"),
            await browser.get(f"{FILE_PAGE}/rejects"),
        ]

    assert [(b"PK", "attachment; x")] * 2 == [
        (one.content, one.headers["content-disposition"]) for one in answers
    ]


async def test_a_dispute_is_answered() -> None:
    """Of the version that was seen; refused, the answer still stands there."""
    fake = desk()
    path = "reporting/v1/papers/城/2026-07/form/P1/settle"
    fake.answers[path] = {}
    form = {
        "request": "r",
        "paper": "城/2026-07/form/P1",
        "version": "4",
        "field": "/funding/total/spent",
        "answer": "已冲销更正<b>",
        "corrected": "yes",
    }
    async with console(fake) as browser:
        page = Page((await browser.get("/data/disputes")).text)
        settled = await browser.post("/data/disputes", data=form)
        fake.answers[path] = httpx.Response(409, json=PROBLEM)
        refused = Page((await browser.post("/data/disputes", data=form)).text)
    sent = next(one for one in fake.requests if one.method == "POST")

    # One of the two is answered already.
    assert 1 == len(page.select("//main//form[@method='post']"))
    assert "已支出" in page.words("//main//dd")
    assert (303, '"4"', "r") == (
        settled.status_code,
        sent.headers["if-match"],
        sent.headers["idempotency-key"],
    )
    assert {"field": "/funding/total/spent", "answer": "已冲销更正<b>", "corrected": True} == (
        httpx.Response(200, content=sent.content).json()
    )
    assert "已冲销更正<b>" == refused.words("//main//textarea")
    assert refused.select("//main//input[@name='corrected']/@checked")


async def test_batches_out_of_balance_are_work_with_their_entries() -> None:
    """Sums to the fen in yuan whatever unit is chosen; filters in the address; each leads on."""
    fake = desk("quarantine", "read", "ledger")
    async with console(fake) as browser:
        home = Page((await browser.get("/data")).text)
        listed = Page(
            (await browser.get("/data/batches?kind=virement&fiscal_year=2026&money=wan")).text
        )
        await browser.get("/data/batches?state=settling")
        batch = Page((await browser.get(BATCH_PAGE)).text)
    asked = [dict(r.url.params) for r in fake.requests if r.url.path == "/v1/adjustment-batches"]
    later = f"/data/batches?fiscal_year=2026&kind=virement&after=2026-06-29.{'c' * 32}"

    assert "调剂 1" in home.words("//section[@aria-labelledby='batches-title']")
    assert "\N{MINUS SIGN}1,234,566.60" in listed.words("//main//tbody")
    assert f"{BATCH_PAGE}?fiscal_year=2026" in listed.select("//main//tbody//a/@href")
    assert [later] == listed.select("//main//p[@class='pager']//a/@href")
    assert "账本还有 3 个位置未计入" in listed.words("//main")
    assert {"jurisdiction": "城", "kind": "virement", "fiscal_year": "2026"}.items() <= asked[
        0
    ].items()
    assert "settling" == asked[1]["state"]
    assert "1,002" in batch.words("//dl")
    assert "首个业务日之前" in batch.words("//main//tbody")
    links = batch.select("//main//tbody//a/@href")
    assert ["/projects/%E5%9F%8E%2FP%2F1", "/projects/%E5%9F%8E%2FP%2F1/entries/4"] == links


@pytest.mark.parametrize("query", ["", "?fiscal_year=2025"])
async def test_batches_are_counted_of_the_year_that_their_list_has(query: str) -> None:
    """The number on the desk's first page and the list that it leads to are of the same."""
    fake = desk("quarantine", "read", "ledger")
    async with console(fake) as browser:
        home = Page((await browser.get(f"/data{query}")).text)
    (counts,) = (r.url.params for r in fake.requests if "adjustment" in r.url.path)

    links = home.select("//section[@aria-labelledby='batches-title']//a/@href")
    assert [f"/data/batches{query}"] == links
    assert counts.get("fiscal_year") == (query.partition("=")[2] or None)


async def test_batches_are_shown_to_whoever_may_see_the_quarantine() -> None:
    """Others have neither the tab nor the count; entries are no links to who may not read."""
    fake = desk("files", "read")
    async with console(fake) as browser:
        page = Page((await browser.get("/data")).text)
    assert "/data/batches" not in page.select("//a/@href")
    assert not [r for r in fake.requests if "adjustment" in r.url.path]

    async with console(desk("quarantine", "position")) as browser:
        batch = Page((await browser.get(BATCH_PAGE)).text)
    assert [] == batch.select("//main//tbody//a/@href")


async def test_a_new_key_is_shown_once() -> None:
    """In the answer alone: in no address, in no cache; the form sent again gives none."""
    fake = desk()
    principal = "intake/v1/principals/treasury"
    given = {
        "principal": fake.answers[principal],
        "key_id": "3" * 16,
        "key": SECRET,
        "spread": False,
    }
    fake.answers[f"{principal}/keys"] = httpx.Response(201, json=given)
    fake.answers["intake/v1/principals"] = lambda request: httpx.Response(
        200, json=given if request.method == "POST" else {"items": []}
    )
    async with console(fake) as browser:
        shown = await browser.post(
            f"{PUBLISHER_PAGE}/rotate", data={"newest": f"{2:016x}", "overlap": "1"}
        )
        again = await browser.post(
            f"{PUBLISHER_PAGE}/rotate", data={"newest": f"{1:016x}", "overlap": "1"}
        )
        made = await browser.post(
            "/data/publishers",
            data={"id": "treasury", "jurisdictions": "城", "organisations": "U1，U2"},
        )
        later = await browser.get(PUBLISHER_PAGE)
    [rotated, created] = [one for one in fake.requests if one.method == "POST"]

    for answer in (shown, made):
        assert [SECRET] == Page(answer.text).select("//input[@id='secret']/@value")
        assert ("no-store", 200) == (answer.headers["cache-control"], answer.status_code)
        assert SECRET not in str(answer.headers)
    assert {"overlap_seconds": 86_400} == httpx.Response(200, content=rotated.content).json()
    assert {
        "id": "treasury",
        "name": "treasury",
        "roles": ["publisher"],
        "jurisdictions": ["城"],
        "organisations": ["U1", "U2"],
    } == httpx.Response(200, content=created.content).json()
    assert (422, True) == (again.status_code, "没有再生成新密钥" in again.text)
    assert SECRET not in later.text + again.text


async def test_a_publisher_is_revoked_by_its_name() -> None:
    """One key by its button; the whole only once its id was typed."""
    fake = desk()
    principal = "intake/v1/principals/treasury"
    fake.answers[f"{principal}/keys/{1:016x}"] = {}
    async with console(fake) as browser:
        one = await browser.post(f"{PUBLISHER_PAGE}/revoke", data={"key": f"{1:016x}"})
        wrong = await browser.post(f"{PUBLISHER_PAGE}/revoke", data={"confirm": "other"})
        whole = await browser.post(f"{PUBLISHER_PAGE}/revoke", data={"confirm": "treasury"})
    deleted = [one.url.path for one in fake.requests if one.method == "DELETE"]

    assert (303, 422, 303) == (one.status_code, wrong.status_code, whole.status_code)
    assert [f"/v1/principals/treasury/keys/{1:016x}", "/v1/principals/treasury"] == deleted


async def test_people_are_no_publishers() -> None:
    """Their keys are the administration's."""
    fake = desk()
    fake.answers["intake/v1/principals/li"] = {**PRINCIPAL, "kind": "staff"}
    async with console(fake) as browser:
        shown = await browser.get("/data/publishers/li")
        rotated = await browser.post("/data/publishers/li/rotate", data={"newest": ""})

    assert (404, 404) == (shown.status_code, rotated.status_code)
    assert [] == [one for one in fake.requests if one.method == "POST"]


async def test_a_receipt_tells_what_became_of_each() -> None:
    """What was refused first, with its entry; an unknown number is said to be one."""
    async with console(desk()) as browser:
        form = Page((await browser.get("/data/receipts")).text)
        found = Page((await browser.get(f"/data/receipts?receipt={'b' * 32}")).text)
        unknown = await browser.get("/data/receipts?receipt=nothing")

    assert ["receipt"] == form.select("//main//form//input/@name")
    assert "内容有误" in found.words("//tbody/tr[1]")
    assert [ENTRY_PAGE] == found.select("//tbody//a/@href")
    assert 404 == unknown.status_code


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("/funding/total/spent", ("total", "spent")),
        ("/indicators/I~01~1x/actual", ("I~1/x", "actual")),
        ("/carryover", ("", "carryover")),
        ("", ("", "")),
    ],
)
def test_a_disputed_figure_is_named(field: str, said: tuple[str, str]) -> None:
    """By where it stands and which it is."""
    assert said == data_desk.figure_of(field)
