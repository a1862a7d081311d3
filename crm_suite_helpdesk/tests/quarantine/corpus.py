"""Mails as the world sends them: hostile, malformed, of machines, and plain ones between them.

`mails(address)` returns `{name: raw bytes}`, each with a Message-Id `<name@corpus.example.org>`
unless the mail is about that.
"""

import base64

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MULTIPART = b'Content-Type: multipart/mixed; boundary="b"'


def mails(address):
    made = {}
    for kind in (_plain, _headers, _senders, _texts, _structures, _files, _machines, _injections):
        for name, lines in kind(address).items():
            made[name] = _build(name, address, lines)
    made.update(_raw(address))
    return made


def _build(name, address, lines):
    """A mail of these lines, with the headers that none of them gives."""
    head = lines[: lines.index(b"")] if b"" in lines else lines
    given = {line.partition(b":")[0].strip().lower() for line in head}
    defaults = {
        b"From": b"Nour Haddad <%s@people.example.org>" % name.encode(),
        b"To": address.encode(),
        b"Subject": name.encode(),
        b"Message-Id": b"<%s@corpus.example.org>" % name.encode(),
    }
    top = [b"%s: %s" % item for item in defaults.items() if item[0].lower() not in given]
    return b"\r\n".join([*top, *lines])


def _part(*lines):
    return [b"--b", *lines]


def _plain(address):
    return {
        "plain": [b"", b"My printer does not print."],
        "arabic": [
            b"Subject: =?utf-8?B?" + base64.b64encode("طابعتي لا تعمل".encode()) + b"?=",
            b"Content-Type: text/plain; charset=utf-8",
            b"",
            "السلام عليكم، طابعتي لا تعمل.".encode(),
        ],
        "arabic-windows": [
            b"Content-Type: text/plain; charset=windows-1256",
            b"",
            "شكرا".encode("windows-1256"),
        ],
        "unencoded-utf8-headers": ["Subject: مشكلة في الفاتورة".encode(), b"", b"text"],
        "emoji": [b"Content-Type: text/plain; charset=utf-8", b"", "🔥🖨️👩‍💻".encode()],
        "two-addresses": [b"To: %s, other@people.example.org" % address.encode(), b"", b"text"],
        "shouting-address": [b"To: %s" % address.upper().encode(), b"", b"text"],
        "named-address": [b'To: "Support, Desk" <%s>' % address.encode(), b"", b"text"],
        "copied": [b"To: other@people.example.org", b"Cc: %s" % address.encode(), b"", b"text"],
        "blind-copy": [
            b"To: undisclosed-recipients:;",
            b"Delivered-To: %s" % address.encode(),
            b"",
            b"text",
        ],
    }


def _headers(address):
    return {
        "no-subject": [b"Subject:", b"", b"text"],
        "long-subject": [b"Subject: " + b"x" * 50_000, b"", b"text"],
        "nul-subject": [b"Subject: =?utf-8?B?YQBi?=", b"", b"text"],
        "raw-nul": [b"Subject: a\x00b", b"", b"te\x00xt"],
        "surrogate-subject": [b"Subject: =?utf-8?B?7aCA?=", b"", b"text"],
        "wrong-encoded-word": [
            b"Subject: =?utf-8?Q?=E4=F6?= =?nope?B?abc?= =?utf-8?X?a?=",
            b"",
            b"x",
        ],
        "unclosed-encoded-word": [b"Subject: =?utf-8?B?" + b"QUJD" * 2000, b"", b"text"],
        "folded-forever": [b"Subject: a" + b"\r\n b" * 5000, b"", b"text"],
        "no-date": [b"", b"text"],
        "wrong-date": [b"Date: the day before yesterday", b"", b"text"],
        "far-date": [b"Date: Mon, 01 Jan 99999 99:99:99 +9999", b"", b"text"],
        "early-date": [b"Date: Mon, 01 Jan 0001 00:00:00 +1400", b"", b"text"],
        "references-without-end": [
            b"References: " + b" ".join(b"<r%d@x.example.org>" % n for n in range(3000)),
            b"",
            b"text",
        ],
        "wrong-references": [b"References: <<>> <", b"In-Reply-To: nobody", b"", b"text"],
        "tracking-reference": [
            b"In-Reply-To: <1.2-openerp-999999999-crm.ticket@elsewhere.example.org>",
            b"",
            b"text",
        ],
        "thousand-headers": [
            *(b"X-Header-%d: %s" % (n, b"v" * 50) for n in range(1000)),
            b"",
            b"text",
        ],
        "two-of-each": [
            b"From: One <one@people.example.org>",
            b"From: Two <two@people.example.org>",
            b"Subject: one",
            b"Subject: two",
            b"",
            b"text",
        ],
        "header-without-colon": [b"Subject: x", b"this is no header", b"", b"text"],
        "two-message-ids": [
            b"Message-Id: <two-message-ids@corpus.example.org>",
            b"Message-Id: <other@corpus.example.org>",
            b"",
            b"text",
        ],
        "wrong-transfer-encoding": [b"Content-Transfer-Encoding: nonsense", b"", b"text"],
        "many-recipients": [
            b"Cc: " + b", ".join(b"p%d@people.example.org" % n for n in range(400)),
            b"",
            b"text",
        ],
    }


def _senders(_address):
    return {
        "no-sender": [b"From:", b"", b"text"],
        "empty-sender": [b"From: <>", b"", b"text"],
        "sender-group": [b"From: undisclosed recipients:;", b"", b"text"],
        "sender-bytes": [b"From: \xff\xfe <\xff@\xfe>", b"", b"text"],
        "sender-unclosed": [b'From: "a <b@c', b"", b"text"],
        "sender-nul": [b"From: =?utf-8?B?TgBvdXI=?= <nul@people.example.org>", b"", b"text"],
        "sender-long": [b"From: " + b"n" * 9000 + b"@people.example.org", b"", b"text"],
        "sender-two": [b"From: a@people.example.org, b@people.example.org", b"", b"text"],
        "sender-international": [
            "From: نور <نور@مثال.example.org>".encode(),
            b"",
            b"text",
        ],
        "sender-ourselves": [b"From: Mailer <root@localhost>", b"", b"text"],
        "sender-quoted": [b'From: "a@b"@people.example.org', b"", b"text"],
    }


def _texts(_address):
    return {
        "empty": [b"", b""],
        "no-body": [b"Subject: x"],
        "unknown-charset": [b"Content-Type: text/plain; charset=foo-bar", b"", "é".encode()],
        "empty-charset": [b'Content-Type: text/plain; charset=""', b"", b"text"],
        "charset-rot13": [b"Content-Type: text/plain; charset=rot13", b"", b"text"],
        "charset-base64": [b"Content-Type: text/plain; charset=base64", b"", b"text"],
        "charset-punycode": [b"Content-Type: text/plain; charset=punycode", b"", b"\xfftext"],
        "charset-idna": [b"Content-Type: text/html; charset=idna", b"", b"<p>a" + b"b" * 99],
        "charset-undefined": [b"Content-Type: text/plain; charset=undefined", b"", b"text"],
        "charset-nul": [b"Content-Type: text/plain; charset=ut\x00f-8", b"", b"text"],
        "utf16-half": [b"Content-Type: text/plain; charset=utf-16", b"", b"\xff\xfea"],
        "utf7": [b"Content-Type: text/html; charset=utf-7", b"", b"+ADw-script+AD4-x"],
        "wrong-base64": [b"Content-Transfer-Encoding: base64", b"", b"=ZZ not \xff it"],
        "wrong-quoted": [b"Content-Transfer-Encoding: quoted-printable", b"", b"=ZZ=\xff=="],
        "wrong-uu": [b"Content-Transfer-Encoding: uuencode", b"", b"begin 644 x\r\n!!!!"],
        "xml-declaration": [
            b"Content-Type: text/html",
            b"",
            b"<?xml version='1.0' encoding='utf-16'?><html><body>text</body></html>",
        ],
        "only-comments": [b"Content-Type: text/html", b"", b"<!-- --><!DOCTYPE x>"],
        "html-bomb": [b"Content-Type: text/html", b"", b"<div>" * 5000 + b"text"],
        "html-entities": [b"Content-Type: text/html", b"", b"&#0;&#xD800;&#x110000;&bogus; text"],
        "html-attributes": [b"Content-Type: text/html", b"", b"<p " + b"a" * 50_000 + b"=1>text"],
        "long-line": [b"", b"x" * 300_000],
        "bare-returns": [b"", b"one\rtwo\rthree"],
        "control-characters": [b"", bytes(range(1, 32)) + b"text"],
        "right-to-left-override": ["Subject: \u202ecod.exe".encode(), b"", "\u202etext".encode()],
    }


def _structures(_address):
    deep = [line for n in range(1500) for line in (_open(n), b"", b"--b%d" % n)]
    shallow = [line for n in range(40) for line in (_open(n), b"", b"--b%d" % n)]
    return {
        "missing-boundary": [b"Content-Type: multipart/mixed", b"", b"text"],
        "empty-boundary": [b'Content-Type: multipart/mixed; boundary=""', b"", b"--", b"text"],
        "unclosed": [MULTIPART, b"", *_part(b"Content-Type: text/plain", b"", b"text")],
        "no-parts": [MULTIPART, b"", b"--b--"],
        "deep": [*deep, b"Content-Type: text/plain", b"", b"the bottom"],
        "less-deep": [*shallow, b"Content-Type: text/plain", b"", b"the bottom"],
        "forwards": [
            *(
                line
                for _n in range(300)
                for line in (b"Content-Type: message/rfc822", b"", b"Subject: inner")
            ),
            b"",
            b"the bottom",
        ],
        "empty-inner-mail": [b"Content-Type: message/rfc822", b"", b""],
        "partial": [
            b"Content-Type: message/partial; id=x; number=1; total=3",
            b"",
            b"Subject: inner",
            b"",
            b"text",
        ],
        "external": [
            b"Content-Type: message/external-body; access-type=URL; URL=http://x.example.org",
            b"",
            b"Content-Type: text/plain",
            b"",
            b"",
        ],
        "alternative-of-nothing": [
            b'Content-Type: multipart/alternative; boundary="b"',
            b"",
            *_part(b"Content-Type: text/plain", b"", b""),
            *_part(b"Content-Type: text/html", b"", b""),
            b"--b--",
        ],
        "wrong-type": [b"Content-Type: /;;=", b"", b"text"],
        "no-type": [b"Content-Type: ", b"", b"text"],
        "odd-octets": [
            MULTIPART,
            b"",
            *_part(b"Content-Type: binary/octet-stream", b"", b"\x00\x01"),
            *_part(b"Content-Type: */*", b"", b"\x00\x01"),
            b"--b--",
        ],
        "calendar": [b"Content-Type: text/calendar; method=REQUEST", b"", b"BEGIN:VCALENDAR"],
        "encrypted": [
            b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
            b"",
            *_part(b"Content-Type: application/pgp-encrypted", b"", b"Version: 1"),
            *_part(b"Content-Type: application/octet-stream", b"", b"-----BEGIN PGP MESSAGE-----"),
            b"--b--",
        ],
        "thousand-parts": [
            MULTIPART,
            b"",
            *(
                line
                for n in range(1000)
                for line in _part(b"Content-Type: text/plain", b"", b"%d" % n)
            ),
            b"--b--",
        ],
    }


def _open(number):
    return b'Content-Type: multipart/mixed; boundary="b%d"' % number


def _file(name, content, kind=b"application/octet-stream"):
    return _part(
        b"Content-Type: " + kind,
        b"Content-Disposition: attachment; filename=" + name,
        b"Content-Transfer-Encoding: base64",
        b"",
        base64.encodebytes(content),
    )


def _files(_address):
    def carry(*parts):
        text = _part(b"Content-Type: text/plain", b"", b"see the file")
        return [MULTIPART, b"", *text, *(line for part in parts for line in part), b"--b--"]

    inline = base64.b64encode(PNG)
    return {
        "file": carry(_file(b"report.pdf", b"%PDF-1.4")),
        "file-without-name": carry(
            _part(b"Content-Type: image/png", b"Content-Disposition: attachment", b"", b"x")
        ),
        "file-path": carry(_file(b'"../../../etc/passwd"', b"x")),
        "file-script": carry(_file(b"x.html", b"<script>alert(1)</script>", b"text/html")),
        "file-drawing": carry(_file(b"x.svg", b"<svg onload='alert(1)'/>", b"image/svg+xml")),
        "file-long-name": carry(_file(b'"' + b"n" * 5000 + b'.txt"', b"x")),
        "file-nul-name": carry(_file(b'"=?utf-8?B?YQBi?="', b"x")),
        "file-odd-charset": carry(
            _part(
                b"Content-Type: text/csv; charset=klingon; name=a.csv",
                b"Content-Disposition: attachment; filename*=klingon''a%FF.csv",
                b"",
                b"1;\xff",
            )
        ),
        "file-continued-name": carry(
            _part(
                b"Content-Type: application/pdf",
                b"Content-Disposition: attachment; filename*0*=utf-8''%D9%81; filename*1*=%D8.pdf",
                b"",
                b"x",
            )
        ),
        "file-broken-mail": carry(
            _part(
                b"Content-Type: message/rfc822",
                b"Content-Disposition: attachment; filename=x.eml",
                b"",
                b"Subject: =?utf-8?B?7aCA?=",
                b"Content-Type: text/plain; charset=foo",
                b"",
                b"\xff\xfe",
            )
        ),
        "file-mail-encoded": carry(_file(b"x.eml", b"Subject: x\r\n\r\ny", b"message/rfc822")),
        "many-files": carry(*(_file(b"f%d.txt" % n, b"x") for n in range(120))),
        "large-file": carry(_file(b"large.bin", b"\x00" * 26 * 2**20)),
        "image-in-the-text": [
            b"Content-Type: text/html",
            b"",
            b'<p>look:</p><img src="data:image/png;base64,' + inline + b'">',
        ],
        "image-by-cid": [
            b'Content-Type: multipart/related; boundary="b"',
            b"",
            *_part(b"Content-Type: text/html", b"", b'<img src="cid:one">'),
            *_part(
                b"Content-Type: image/png; name=one.png",
                b"Content-Id: <one>",
                b"Content-Transfer-Encoding: base64",
                b"",
                inline,
            ),
            b"--b--",
        ],
    }


def _machines(address):
    report = b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    return {
        "out-of-office": [b"Auto-Submitted: auto-replied", b"", b"I am away."],
        "out-of-office-old": [b"X-Autoreply: yes", b"Precedence: bulk", b"", b"I am away."],
        "null-path": [b"Return-Path: <>", b"", b"This is a machine."],
        "newsletter": [b"List-Unsubscribe: <mailto:x@people.example.org>", b"", b"Buy now"],
        "bounce": [
            b"From: MAILER-DAEMON@people.example.org",
            report,
            b"",
            *_part(b"Content-Type: text/plain", b"", b"Delivery failed."),
            *_part(
                b"Content-Type: message/delivery-status",
                b"",
                b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.example.org",
            ),
            *_part(b"Content-Type: message/rfc822", b"", b"Message-Id: <unknown@x>\r\n\r\nx"),
            b"--b--",
        ],
        "bounce-of-nothing": [report, b"", b"--b--"],
        "bounce-broken": [
            b"From: mailer-daemon@people.example.org",
            report,
            b"",
            *_part(b"Content-Type: message/delivery-status", b"", b"\xff\x00"),
            *_part(b"Content-Type: text/rfc822-headers; charset=foo", b"", b"Message-Id"),
            b"--b--",
        ],
        "answer-to-a-loop-notice": [
            b"In-Reply-To: <1-loop-detection-bounce-email@x.example.org>",
            b"",
            b"text",
        ],
        "list": [b"List-Post: <mailto:%s>" % address.encode(), b"", b"text"],
    }


def _injections(_address):
    return {
        "script": [
            b"Subject: <script>alert(1)</script>",
            b"Content-Type: text/html",
            b"",
            b'<p onclick="evil()">x</p><script>alert(1)</script><iframe src=x></iframe>',
        ],
        "template": [b"Subject: {{ object.env }} ${7*7} <t t-out='1'/>", b"", b"%(x)s {0} %s"],
        "sql": [b"Subject: '; DROP TABLE crm_ticket; --", b"", b"' OR 1=1 --"],
        "header-injection": [b"Subject: =?utf-8?Q?x=0D=0ABcc:_all@people.example.org?=", b"", b"x"],
        "forged-ticket-number": [b"Subject: Re: [T00001] mine now", b"", b"text"],
        "formula": [b"Subject: =HYPERLINK(x)", b"", b"text"],
    }


def _raw(address):
    """Mails that are none."""
    to = address.encode()
    return {
        "unnamed": b"From: unnamed@people.example.org\r\nTo: %s\r\nSubject: unnamed\r\n\r\nx" % to,
        "blank-name": b"Message-Id: \r\nFrom: b@people.example.org\r\nTo: %s\r\n\r\nx" % to,
        "long-name": b"Message-Id: <%s@x>\r\nFrom: l@people.example.org\r\nTo: %s\r\n\r\nx"
        % (b"0123456789abcdef" * 600, to),
        "unix-lines": b"From: u@people.example.org\nTo: %s\nSubject: unix\n\ntext" % to,
        "mac-lines": b"From: m@people.example.org\rTo: %s\rSubject: mac\r\rtext" % to,
        "mailbox-line": b"From nobody Mon Jan  1\nFrom: f@people.example.org\nTo: %s\n\nx" % to,
        "starts-empty": b"\r\nFrom: e@people.example.org\r\nTo: %s\r\n\r\nx" % to,
        "binary": bytes(range(256)) * 20,
        "one-byte": b"x",
    }
