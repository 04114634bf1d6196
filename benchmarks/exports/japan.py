"""A Japanese pair: the SFA's files in CP932, with a customer number per branch, and the MA's log in
UTF-8, which knows addresses.
"""

from pathlib import Path

import pandas as pd

from benchmarks.exports.canonical import Canonical, ended, events_of
from benchmarks.exports.company import JAPANESE, Invented
from benchmarks.exports.writing import midnight, write_csv, written

_MINUTE, _DAY = "%Y/%m/%d %H:%M", "%Y/%m/%d"
_ACTIONS = {
    "page_view": "ページ閲覧",
    "download": "資料ダウンロード",
    "webinar_registered": "セミナー申込",
    "webinar_attended": "セミナー参加",
    "demo_request": "問い合わせ",
    "email_click": "メールクリック",
    "unsubscribed": "配信停止",
}
_ACTIVITIES = {"call_made": "電話", "email_sent": "メール送信"}
_ATTRIBUTES = {"job": "役職", "employees": "従業員数"}


def japan(company: Invented, folder: Path) -> Canonical:
    """Write 顧客, 案件, 活動履歴, 顧客変更履歴 (CP932) and MA履歴 (UTF-8)."""
    zone, leads, deals = company.zone, company.words(JAPANESE), company.deals.replace(JAPANESE)
    events, places = company.events, leads.index.to_series()
    branch, number = places % 3 + 1, (places // 3 + 1).astype(str).str.zfill(5)
    ids = branch.astype(str).str.zfill(2) + "|" + number
    known = leads["account"].where(leads["account"] >= 0)
    account = known.map(lambda a: f"{1_010_001_000_000 + int(a)}", na_action="ignore")
    trials = events[events["type"] == "trial_started"].drop_duplicates("lead")
    trial = places.map(trials.set_index("lead")["at"])

    def key(who: pd.Series) -> dict[str, pd.Series]:
        return {"拠点コード": "0" + who.map(branch).astype(str), "顧客番号": who.map(number)}

    def write(name: str, columns: dict[str, pd.Series]) -> None:
        write_csv(folder / f"{name}.csv", pd.DataFrame(columns), encoding="cp932")

    write(
        "顧客",
        {
            **key(places),
            "会社名": leads["company"],
            "法人番号": account,
            "メールアドレス": leads["email"],
            "業種": leads["industry"],
            "従業員数": leads["employees"].map(lambda n: f"{n:,.0f}", na_action="ignore"),
            "年商": leads["revenue"].map(lambda r: f"\\{r:,.0f}", na_action="ignore"),
            "役職": leads["job"],
            "都道府県": leads["region"],
            "獲得経路": leads["source"],
            "営業担当": leads["owner"],
            "登録日時": written(leads["created"], zone, _MINUTE),
            "無料トライアル開始日": written(trial, zone, "%Y年%m月%d日"),
        },
    )
    state = deals["won"].map({True: "受注", False: "失注"}).fillna("商談中")
    write(
        "案件",
        {
            "案件番号": "A" + (10_000 + deals.index.to_series()).astype(str),
            **key(deals["lead"]),
            "案件名": deals["lead"].map(leads["company"]) + " 導入",
            "案件状況": state,
            "案件登録日時": written(deals["opened"], zone, _MINUTE),
            "MQL日時": written(deals["mql"], zone, _MINUTE),
            "提案日時": written(deals["sql"], zone, _MINUTE),
            "受注予定日": written(deals["closed"].fillna(deals["planned"]), zone, _DAY),
            "受注金額": deals["amount"].map(lambda a: f"\\{a:,.0f}", na_action="ignore"),
            "失注理由": deals["reason"],
        },
    )
    acts = events[events["type"].isin(_ACTIVITIES)].reset_index(drop=True)
    acts = acts.assign(type=acts["type"].map(_ACTIVITIES), detail=None, recorded=acts["at"])
    acts = acts.drop_duplicates(["lead", "at", "type"])
    write(
        "活動履歴",
        {
            "拠点コード": acts["lead"].map(branch),
            "顧客番号": acts["lead"].map(number).astype(int),
            "活動日時": written(acts["at"], zone, _MINUTE),
            "活動種別": acts["type"],
        },
    )
    changes = company.changes.replace(JAPANESE).replace({"attribute": _ATTRIBUTES})
    write(
        "顧客変更履歴",
        {
            **key(changes["lead"]),
            "変更日時": written(changes["at"], zone, _MINUTE),
            "項目名": changes["attribute"],
            "変更後": changes["value"],
        },
    )
    seen = events[events["type"].isin(_ACTIONS)]
    seen = seen.assign(type=seen["type"].map(_ACTIONS), recorded=seen["at"])
    write_csv(
        folder / "MA履歴.csv",
        pd.DataFrame(
            {
                "日時": written(seen["at"], zone, "%Y-%m-%d %H:%M:%S"),
                "メールアドレス": seen["lead"].map(leads["email"]).str.upper(),
                "アクション": seen["type"],
                "ページURL": seen["detail"],
            }
        ),
    )
    dates = trial.dropna().rename("at").rename_axis("lead").reset_index()
    return Canonical(
        zone=zone,
        until=str(company.until.tz_convert(zone).date()),
        leads=pd.DataFrame(
            {
                "lead_id": ids,
                "created_at": leads["created"],
                "account_id": account,
                "業種": leads["industry"],
                "従業員数": leads["employees"],
                "年商": leads["revenue"],
                "役職": leads["job"],
                "都道府県": leads["region"],
                "獲得経路": leads["source"],
                "会社名": leads["company"],
                "営業担当": leads["owner"],
            }
        ),
        events=events_of(
            ids,
            acts,
            seen,
            dates.assign(type="無料トライアル", at=midnight(dates["at"], zone)),
        ),
        outcomes=pd.DataFrame(
            {
                "lead_id": deals["lead"].map(ids),
                "closed_at": midnight(deals["closed"], zone),
                "won": ended(deals["won"]),
                "amount": deals["amount"],
                "lost_reason": deals["reason"],
                "opened_at": deals["opened"],
                "mql_at": deals["mql"],
                "sql_at": deals["sql"],
            }
        ),
        stages={"MQL": "mql_at", "提案": "sql_at"},
        changes=pd.DataFrame(
            {
                "lead_id": changes["lead"].map(ids),
                "changed_at": changes["at"],
                "attribute": changes["attribute"],
                "value": changes["value"],
            }
        ),
    )
