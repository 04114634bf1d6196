"""What an e-mail address tells about a lead: a company's own domain, or a mailbox anybody can have."""

FREE_MAIL, COMPANY_MAIL = "free mail", "company mail"

#: Mail providers that give an address to anybody: such an address tells no company.
FREE_MAIL_DOMAINS = frozenset(
    """
    gmail.com googlemail.com yahoo.com yahoo.co.jp ymail.ne.jp outlook.com outlook.jp hotmail.com hotmail.co.jp live.com
    live.jp msn.com icloud.com me.com mac.com aol.com gmx.de gmx.net web.de mail.ru yandex.ru qq.com 163.com 126.com
    proton.me protonmail.com docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com biglobe.ne.jp
    zoho.com mail.com fastmail.com naver.com hanmail.net orange.fr free.fr libero.it
    """.split()  # noqa: SIM905 — a list of words reads better as words
)


def mail_kind(address: str) -> str:
    """Whether an address is free mail or company mail.

    >>> mail_kind("taro@Gmail.com"), mail_kind("taro@example.co.jp")
    ('free mail', 'company mail')
    """
    domain = address.rpartition("@")[2].strip().lower()
    return FREE_MAIL if domain in FREE_MAIL_DOMAINS else COMPANY_MAIL
