"""The round trip of round-trip.ts with the client that openapi-generator makes for Python."""

import json
import os
import time
from datetime import datetime, timezone

import postausgang_client as api

configuration = api.Configuration(
    host=os.environ["POSTAUSGANG_URL"], access_token=os.environ["POSTAUSGANG_KEY"]
)
client = api.ApiClient(configuration)
settings = api.SettingsApi(client)
mails = api.MailsApi(client)


def outcome(mail_id: str, round_of: int) -> api.MailStatus:
    while True:
        status = mails.get_mail(mail_id)
        if status.state == "sent" and status.round == round_of:
            return status
        time.sleep(0.1)


version = settings.get_outgoing_server("default").version
content = api.OutgoingServerPutTestMailbox(
    serverType="test-mailbox",
    enabled=True,
    senderAddress=api.Address(address="erp@acme.example"),
)
saved = settings.put_outgoing_server(
    "default", f'"{version}"', api.OutgoingServerPut(content), prefer="wait=applied"
)
tested = api.ConnectionTestsApi(client).start_connection_test(
    "default", prefer="wait=30", connection_test_request=api.ConnectionTestRequest()
)

mail = api.MailRequest(
    to=[api.Address(address="kunde@example.com")],
    subject="Rechnung 4711",
    text="Anbei.",
    attachments=[
        api.Attachment(
            filename="rechnung.pdf", contentType="application/pdf", content="JVBERi0xLjQK"
        )
    ],
    requestReceipt=api.MailRequestRequestReceipt(True),
    sendAt=datetime.now(timezone.utc),
    businessReference="invoice/4711",
)
accepted = mails.send_mail(mail, idempotency_key="invoice-4711")
sent = outcome(accepted.id, 1)
listed = mails.list_mails(
    business_reference="invoice/4711", until=datetime.now(timezone.utc).isoformat()
)
mails.resend_mail(accepted.id, resend_mail=api.ResendMail(force=True))
resent = outcome(accepted.id, 2)

message = b"From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: Mahnung\r\n\r\nBitte.\r\n"
finished = mails.send_finished_message(message)
outcome(finished.id, 1)
source = bytes(mails.get_mail_source(finished.id)).decode().split("\r\n")

try:
    mails.send_mail(api.MailRequest())
    raise SystemExit("A mail to nobody was accepted")
except api.ApiException as refused:
    status, problem = refused.status, refused.data
meaning = api.OperationsApi(client).get_problem(problem.code)
print(
    json.dumps(
        {
            "applied": saved.applied.state,
            "tested": tested.state,
            "sent": sent.state,
            "listed": [one.id for one in listed.items],
            "round": resent.round,
            "subject": next(line[9:] for line in source if line.startswith("Subject: ")),
            "problem": {
                "status": status,
                "code": problem.code,
                "finding": problem.findings[0].code,
            },
            "meaning": meaning.code,
        }
    )
)
