"""Delivery status notifications as mail servers write them, of an invented mail."""

from __future__ import annotations

_POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: dsr@example.com
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4XyZ.1/mx.example.com"

This is a MIME-encapsulated message.

--4XyZ.1/mx.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<linda.dare@example.com>: host mail.example.com said: 550 5.1.1
    <linda.dare@example.com>: Recipient address rejected: User unknown

--4XyZ.1/mx.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4XyZ
Arrival-Date: Thu, 26 Nov 2026 09:00:00 +0100 (CET)

Final-Recipient: rfc822; linda.dare@example.com
Original-Recipient: rfc822;linda.dare@example.com
Action: {action}
Status: {code}
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; 550 5.1.1 <linda.dare@example.com>: Recipient address rejected: User unknown

--4XyZ.1/mx.example.com
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <dsr@example.com>
Subject: DSR-2026-000001
From: DSR Desk <dsr@example.com>
To: linda.dare@example.com
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="inner"

--inner
Content-Type: text/plain

Dear Linda Dare
--inner--

--4XyZ.1/mx.example.com--
"""

_EXCHANGE = """\
From: Microsoft Outlook <postmaster@outlook.example.com>
To: <dsr@example.com>
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="c0ffee-1"
Content-Language: en-US
Message-ID: <another-one@outlook.example.com>
In-Reply-To: {message_id}
References: {message_id}
Subject: Undeliverable: DSR-2026-000001
Auto-Submitted: auto-replied
MIME-Version: 1.0

--c0ffee-1
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="c0ffee-2"

--c0ffee-2
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to linda.dare@example.com couldn't be delivered=2E

--c0ffee-2
Content-Type: text/html; charset="us-ascii"

<html><body>linda.dare wasn't found at example.com</body></html>

--c0ffee-2--

--c0ffee-1
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01.example.com
Received-From-MTA: dns;dsr.example.com
Arrival-Date: Thu, 26 Nov 2026 08:00:00 +0000

Final-Recipient: rfc822;linda.dare@example.com
Action: {action}
Status: {code}
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient linda.dare@example.com not found
X-Display-Name: Linda Dare

--c0ffee-1
Content-Type: text/rfc822-headers

Received: from dsr.example.com by AM0PR01.example.com; Thu, 26 Nov 2026
 08:00:00 +0000
From: DSR Desk <dsr@example.com>
To: linda.dare@example.com
Subject: DSR-2026-000001
Message-ID:
 {message_id}
MIME-Version: 1.0

--c0ffee-1--
"""

_GMAIL = """\
From: Mail Delivery Subsystem <mailer-daemon@mail.example.net>
To: dsr@example.com
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: {message_id}
In-Reply-To: {message_id}
Message-ID: <65.daemon@mx.mail.example.net>
Content-Type: multipart/report; boundary="000000000000d1"; report-type=delivery-status

--000000000000d1
Content-Type: multipart/related; boundary="000000000000d2"

--000000000000d2
Content-Type: multipart/alternative; boundary="000000000000d3"

--000000000000d3
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: 8bit

** Address not found ** Your message wasn’t delivered to linda.dare@example.com
--000000000000d3--
--000000000000d2
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="icon.png"

iVBORw0KGgo=
--000000000000d2--
--000000000000d1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
Arrival-Date: Thu, 26 Nov 2026 00:00:00 -0800 (PST)
X-Original-Message-ID: {message_id}

Final-Recipient: rfc822; linda.dare@example.com
Action: {action}
Status: {code}
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
Last-Attempt-Date: Thu, 26 Nov 2026 00:00:01 -0800 (PST)

--000000000000d1
Content-Type: message/rfc822

MIME-Version: 1.0
From: DSR Desk <dsr@example.com>
Subject: DSR-2026-000001
To: linda.dare@example.com
Message-ID: {message_id}
Content-Type: text/plain

Dear Linda Dare
--000000000000d1--
"""

# The mail itself isn't given back.
_BARE = _EXCHANGE[: _EXCHANGE.index("--c0ffee-1\nContent-Type: text/rfc822-headers")] + "--c0ffee-1--\n"

KINDS = {"postfix": _POSTFIX, "exchange": _EXCHANGE, "gmail": _GMAIL, "bare": _BARE}


def notification(message_id: str, *, kind: str = "postfix", action: str = "failed", code: str = "5.1.1") -> bytes:
    """Of the mail with this Message-ID, in angle brackets."""
    return KINDS[kind].format(message_id=message_id, action=action, code=code).encode()
