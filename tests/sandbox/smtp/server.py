"""An SMTP server for tests, on aiosmtpd. Says its port, then each message it took as a line of JSON.

Arguments: how many messages to put off first; USER:PASSWORD or -; a certificate with its key for STARTTLS or -.
Whoever is called "nobody" is refused for good.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(what):
    print(what, flush=True)


class Handler:
    def __init__(self, put_off):
        self.put_off = put_off

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.put_off > 0:
            self.put_off -= 1
            return "451 4.7.1 busy, come again"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        bodies = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
        say(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "authenticated": bool(session.authenticated),
            "message_id": message["Message-ID"],
            "subject": message["Subject"],
            "to_name": message["To"].addresses[0].display_name,
            "type": message.get_content_type(),
            "headers": sorted(message.keys()),
            "defects": [str(defect) for defect in message.defects],
            "text": bodies["text/plain"],
            "html": bodies["text/html"],
        }))
        return "250 OK"


async def main():
    put_off, login, certificate = sys.argv[1:4]
    options = {"hostname": "localhost"}
    if login != "-":
        def authenticate(server, session, envelope, mechanism, data):
            right = f"{data.login.decode()}:{data.password.decode()}" == login
            return AuthResult(success=right, handled=right)
        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=certificate != "-")
    if certificate != "-":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options.update(tls_context=context, require_starttls=True)
    handler = Handler(int(put_off))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, **options), "127.0.0.1", 0)
    say(server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
