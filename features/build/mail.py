"""What an e-mail address tells about a lead: a company's own domain, or a mailbox anybody can
have.
"""

import pyarrow as pa
import pyarrow.compute as pc

FREE_MAIL, COMPANY_MAIL = "free mail", "company mail"

#: Mail providers that give an address to anybody: such an address tells no company.
FREE_MAIL_DOMAINS = pa.array(
    """
        gmail.com googlemail.com yahoo.com yahoo.co.jp ymail.ne.jp outlook.com outlook.jp
    hotmail.com     hotmail.co.jp live.com live.jp msn.com icloud.com me.com mac.com aol.com gmx.de
    gmx.net web.de mail.ru yandex.ru qq.com     163.com 126.com proton.me protonmail.com
    docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com     biglobe.ne.jp
    zoho.com mail.com fastmail.com naver.com hanmail.net orange.fr free.fr libero.it
    """.split()  # noqa: SIM905 — a list of words reads better as words
)


def mail_kinds(addresses: pa.Array) -> pa.Array:
    """Whether each address is free mail or company mail; null stays null.

    >>> mail_kinds(pa.array(["taro@Gmail.com", "taro@example.co.jp", None])).to_pylist()
    ['free mail', 'company mail', None]
    """
    domains = pc.utf8_lower(
        pc.utf8_trim_whitespace(pc.replace_substring_regex(addresses, r"^.*@", ""))
    )
    is_free = pc.if_else(pc.is_valid(domains), pc.is_in(domains, value_set=FREE_MAIL_DOMAINS), None)
    return pc.if_else(is_free, FREE_MAIL, COMPANY_MAIL)
