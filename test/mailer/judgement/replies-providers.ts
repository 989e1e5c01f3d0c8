/** Replies of providers and filters, as they say them: `provider | stage | code expected | reply`, a line break is `\n`. */
export const repliesOfProviders = String.raw`
Google | authenticate | app-password-required | 534-5.7.9 Application-specific password required. For more information, go to\n534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor x1-2002 - gsmtp
Google | authenticate | credentials-rejected | 535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8 https://support.google.com/mail/?p=BadCredentials x1 - gsmtp
Google | authenticate | web-sign-in-required | 534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1> Please log in via\n534-5.7.14 your web browser and then try again.\n534 5.7.14 x1 - gsmtp
Google | authenticate | authentication-unavailable | 454 4.7.0 Too many login attempts, please try again later. x1 - gsmtp
Google | authenticate | encryption-required | 530-5.7.0 Must issue a STARTTLS command first. x1 - gsmtp
Google | mail | encryption-required | 530 5.7.0 Must issue a STARTTLS command first. x1 - gsmtp
Google | mail | authentication-required | 530-5.7.0 Authentication Required. For more information, go to\n530 5.7.0 https://support.google.com/mail/?p=WantAuthError x1 - gsmtp
Google | content | sending-quota-reached | 550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550-5.4.5 sending limits go to\n550 5.4.5 https://support.google.com/a/answer/166852 x1 - gsmtp
Google | mail | sending-quota-reached | 550 5.4.5 Daily SMTP relay limit exceeded for customer. For more information on SMTP relay sending limits please contact your administrator.
Google | mail | server-throttled | 421-4.7.0 Try again later, closing connection. (MAIL)\n421 4.7.0 https://support.google.com/a/answer/3221692 x1 - gsmtp
Google | mail | relay-denied | 550-5.7.1 Invalid credentials for relay [192.0.2.7]. The IP address you've\n550-5.7.1 registered in your G Suite SMTP Relay service doesn't match the domain of the\n550 5.7.1 account this email is being sent from. Mail relay denied
Google | rcpt | recipient-refused | 550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550-5.1.1 unnecessary spaces. For more information, go to\n550 5.1.1 https://support.google.com/mail/?p=NoSuchUser x1 - gsmtp
Google | rcpt | recipient-refused | 550-5.2.1 The email account that you tried to reach is inactive. For more information, go to\n550 5.2.1 https://support.google.com/mail/?p=DisabledUser x1 - gsmtp
Google | rcpt | mailbox-full | 552-5.2.2 The recipient's inbox is out of storage space and inactive. Please direct the\n552 5.2.2 recipient to https://support.google.com/mail/?p=OverQuotaPerm x1 - gsmtp
Google | rcpt | recipient-deferred | 452-4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to\n452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp x1 - gsmtp
Google | rcpt | recipient-deferred | 450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-4.2.1 prevents additional messages from being delivered. Please resend your\n450 4.2.1 message at a later time. x1 - gsmtp
Google | rcpt | recipient-deferred | 450 4.2.1 The user you are trying to contact is receiving mail too quickly.
Google | content | client-blocklisted | 550-5.7.1 [192.0.2.7] Our system has detected an unusual rate of\n550-5.7.1 unsolicited mail originating from your IP address. To protect our\n550-5.7.1 users from spam, mail sent from your IP address has been blocked.\n550 5.7.1 x1 - gsmtp
Google | content | client-blocklisted | 550-5.7.28 [192.0.2.7 19] Gmail has detected an unusual rate of unsolicited mail. To protect our users from spam, mail sent from your IP address has been blocked.
Google | content | server-throttled | 421-4.7.28 [192.0.2.7 15] Our system has detected an unusual rate of unsolicited mail originating from your IP address. mail sent from your IP address has been temporarily rate limited.
Google | content | sender-unauthenticated | 550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\n550 5.7.26 x1 - gsmtp
Google | content | sender-unauthenticated | 550-5.7.26 Unauthenticated email from acme.example is not accepted due to\n550-5.7.26 domain's DMARC policy. Please contact the administrator\n550 5.7.26 x1 - gsmtp
Google | content | sender-unauthenticated | 421-4.7.26 This mail has been rate limited because it is unauthenticated. SPF or DKIM required
Google | content | reverse-dns-missing | 550-5.7.25 [192.0.2.7] The IP address sending this message does not have a\n550-5.7.25 PTR record setup, or the corresponding forward DNS entry does not\n550 5.7.25 match the sending IP. x1 - gsmtp
Google | content | message-too-large | 552-5.3.4 Your message exceeded Google's message size limits.\n552 5.3.4 https://support.google.com/mail/?p=MaxSizeError x1 - gsmtp
Google | content | message-refused | 552-5.7.0 This message was blocked because its content presents a potential\n552-5.7.0 security issue.\n552 5.7.0 x1 - gsmtp
Google | content | message-refused | 550-5.7.1 [192.0.2.7] Messages missing a valid messageId header are not\n550 5.7.1 accepted. x1 - gsmtp
Google | rcpt | too-many-recipients | 452 4.5.3 Your message has too many recipients. For more information regarding Google's sending limits
Google | rcpt | relay-denied | 550-5.7.1 Mail relay denied [192.0.2.7]. Invalid credentials for relay for one of the domains
Google | ehlo | server-throttled | 421 4.7.0 Temporary System Problem. Try again later (EHLO). x1 - gsmtp
Google | mail | server-busy | 451 4.3.0 Mail server temporarily rejected message. x1 - gsmtp
Google | mail | sender-refused | 553 5.1.7 The sender address <erp> is not a valid RFC 5321 address. x1 - gsmtp
Google | data | unexpected-reply | 503 5.5.1 RCPT first. x1 - gsmtp
Microsoft 365 | authenticate | smtp-sign-in-disabled | 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.
Microsoft 365 | authenticate | smtp-sign-in-disabled | 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled
Microsoft 365 | authenticate | smtp-sign-in-disabled | 535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM]
Microsoft 365 | authenticate | smtp-sign-in-disabled | 550 5.7.30 Basic authentication is not supported for Client Submission.
Microsoft 365 | authenticate | sign-in-blocked | 535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator.
Microsoft 365 | authenticate | sign-in-blocked | 535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator.
Microsoft 365 | authenticate | credentials-rejected | 535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM]
Microsoft 365 | authenticate | credentials-rejected | 535 5.7.3 Authentication unsuccessful [FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM]
Microsoft 365 | authenticate | authentication-unavailable | 432 4.7.0 Temporary authentication failure
Microsoft 365 | mail | authentication-required | 530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139 Authentication unsuccessful
Microsoft 365 | content | sending-quota-reached | 554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message Cannot submit message. 16.55847:9D2B0000
Microsoft 365 | content | sending-quota-reached | 550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients
Microsoft 365 | content | sending-quota-reached | 550 5.7.232 Your message can't be sent because your trial tenant has exceeded its tenant external recipient rate limit.
Microsoft 365 | content | sending-quota-reached | 550 5.7.233 Your message can't be sent because your tenant exceeded its tenant external recipient rate limit
Microsoft 365 | content | account-blocked | 550 5.1.8 Access denied, bad outbound sender AS(42004)
Microsoft 365 | mail | account-blocked | 550 5.1.8 Access denied, bad outbound sender. For more information please go to http://go.microsoft.com/fwlink/?LinkId=875724.
Microsoft 365 | content | account-blocked | 550 5.7.501 Access denied, spam abuse detected. The sending account has been banned due to detected spam activity.
Microsoft 365 | content | account-blocked | 550 5.7.502 Access denied, banned sender.
Microsoft 365 | content | account-blocked | 550 5.7.503 Access denied, banned sender. AS(1430)
Microsoft 365 | content | tenant-blocked | 550 5.7.705 Access denied, tenant has exceeded threshold. AS(42004)
Microsoft 365 | content | tenant-blocked | 550 5.7.708 Access denied, traffic not accepted from this IP. For more information please go to http://go.microsoft.com/fwlink/?LinkId=526653.
Microsoft 365 | content | tenant-blocked | 550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains. AS(41002)
Microsoft 365 | rcpt | tenant-blocked | 550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP
Microsoft 365 | rcpt | relay-denied | 550 5.7.64 TenantAttribution; Relay Access Denied SMTP
Microsoft 365 | rcpt | relay-denied | 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
Microsoft 365 | content | sender-unauthenticated | 550 5.7.509 Access denied, sending domain acme.example does not pass DMARC verification and has a DMARC policy of reject.
Microsoft 365 | content | sender-unauthenticated | 550 5.7.515 Access denied, sending domain acme.example doesn't meet the required authentication level.
Microsoft 365 | content | sender-refused | 554 5.2.252 SendAsDenied; erp@acme.example not allowed to send as other@acme.example; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied
Microsoft 365 | content | sender-refused | 550 5.7.60 SMTP; Client does not have permissions to send as this sender
Microsoft 365 | rcpt | recipient-refused | 550 5.4.1 Recipient address rejected: Access denied. AS(201806281)
Microsoft 365 | rcpt | recipient-refused | 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient kunde@example.com not found by SMTP address lookup
Microsoft 365 | rcpt | recipient-refused | 550 5.1.351 Remote server returned unknown recipient or mailbox unavailable
Microsoft 365 | content | recipient-deferred | 554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour. For more information
Microsoft 365 | content | recipient-refused | 550 5.7.124 Sender not in allowed-senders list
Microsoft 365 | content | recipient-refused | 550 5.7.520 Access denied, Your organization does not allow external forwarding.
Microsoft 365 | rcpt | client-blocklisted | 550 5.7.606 Access denied, banned sending IP [192.0.2.7]. To request removal from this list please visit https://sender.office.com/
Microsoft 365 | mail | client-blocklisted | 550 5.7.511 Access denied, banned sender[192.0.2.7]. To request removal from this list please forward this message to delist@messaging.microsoft.com.
Microsoft 365 | rcpt | client-blocklisted | 550 5.7.1 Service unavailable, Client host [192.0.2.7] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.7
Microsoft 365 | mail | server-throttled | 451 4.7.500 Server busy. Please try again later from [192.0.2.7]. (S77714)
Microsoft 365 | mail | server-throttled | 451 4.7.650 The mail server [192.0.2.7] has been temporarily rate limited due to IP reputation.
Microsoft 365 | rcpt | ehlo-refused | 550 5.7.506 Access Denied, Bad HELO
Microsoft 365 | content | server-throttled | 432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [Hostname=FR0P281MB0001.DEUP281.PROD.OUTLOOK.COM]
Microsoft 365 | content | server-throttled | 432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information.
Microsoft 365 | content | message-deferred | 451 4.4.0 Message failed to be made redundant due to A shadow copy was required but failed to be made
Microsoft 365 | content | message-refused | 550 5.7.1 Message rejected as spam by Content Filtering.
Microsoft 365 | content | message-refused | 554 5.6.211 Invalid MIME Content: Number of MIME parts exceeded
Microsoft 365 | content | message-refused | 550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant
Microsoft 365 | ehlo | server-busy | 421 4.4.2 Connection dropped due to SocketError
Outlook.com | mail | client-blocklisted | 550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).
Outlook.com | rcpt | recipient-refused | 550 5.5.0 Requested action not taken: mailbox unavailable
Outlook.com | mail | server-throttled | 421 4.7.0 RP-001 Unfortunately, some messages from 192.0.2.7 weren't sent. Please try again. You have been temporarily rate limited
Yahoo | mail | server-throttled | 421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes
Yahoo | mail | client-blocklisted | 553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.7, because the ip is in Spamhaus's list; see https://postmaster.yahooinc.com/error-codes
Yahoo | mail | client-blocklisted | 553 5.7.2 [TSS09] All messages from 192.0.2.7 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes
Yahoo | rcpt | recipient-refused | 554 delivery error: dd This user doesn't have a yahoo.com account (kunde@yahoo.com) [0]
Yahoo | rcpt | recipient-refused | 552 1 Requested mail action aborted, mailbox not found
Yahoo | content | message-refused | 554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes
Yahoo | content | sender-unauthenticated | 554 5.7.9 Message not accepted for policy reasons: DMARC policy of acme.example
Yahoo | authenticate | credentials-rejected | 535 5.7.0 (#MBR1212) Incorrect username or password.
Yahoo | authenticate | account-locked | 535 5.7.0 (#AUTH005) Too many bad auth attempts.
Yahoo | content | mailbox-full | 552 5.2.2 Mailbox is full
iCloud | rcpt | recipient-refused | 550 5.1.1 <kunde@icloud.com>: user lookup success but no user record found
iCloud | rcpt | recipient-refused | 550 5.1.6 recipient no longer on server: kunde@icloud.com
iCloud | rcpt | mailbox-full | 552 5.2.2 <kunde@icloud.com>: user is over quota
iCloud | greeting | client-blocklisted | 550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.7
iCloud | content | message-refused | 554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137
iCloud | content | message-refused | 554 5.7.1 [HM08] Message rejected due to local policy.
iCloud | greeting | server-throttled | 421 4.7.1 - Connection refused - 192.0.2.7
iCloud | authenticate | credentials-rejected | 535 5.7.8 Error: authentication failed: authentication failure
iCloud | authenticate | app-password-required | 535 5.7.0 Use an app-specific password generated at appleid.apple.com
iCloud | mail | sender-refused | 550 5.7.0 From address is not one of your addresses.
GMX | greeting | reverse-dns-missing | 554-gmx.net (mxgmx016) Nemesis ESMTP Service not available\n554-No SMTP service\n554-Bad DNS PTR resource record.\n554 For explanation visit https://postmaster.gmx.net/de/case?c=r0103
GMX | greeting | client-blocklisted | 554-gmx.net (mxgmx115) Nemesis ESMTP Service not available\n554-No SMTP service\n554-IP address is block listed.\n554 For explanation visit https://postmaster.gmx.net/de/case?c=r0601
WEB.DE | greeting | server-refuses-service | 554-web.de (mxweb012) Nemesis ESMTP Service not available\n554-No SMTP service\n554-Bad DNS configuration\n554 For explanation visit https://postmaster.web.de
GMX | greeting | too-many-connections | 421-gmx.net (mxgmx009) Nemesis ESMTP Service not available\n421-Service not available\n421 Too many connections
GMX | rcpt | recipient-refused | 550-Requested action not taken: mailbox unavailable\n550 For explanation visit https://postmaster.gmx.net/de/error-messages?ip=192.0.2.7&c=bl
WEB.DE | rcpt | mailbox-full | 552-Requested mail action aborted: exceeded storage allocation\n552-Quota exceeded. The recipient's mailbox is full.\n552 For explanation visit https://postmaster.web.de
GMX | rcpt | recipient-deferred | 450-Requested mail action not taken: mailbox unavailable\n450-Mailbox is being migrated\n450 try again later
GMX | mail | sender-refused | 550-Requested action not taken: mailbox unavailable\n550 Sender address is not allowed.
WEB.DE | content | message-refused | 554-Transaction failed\n554-Reject due to policy restrictions.\n554 For explanation visit https://postmaster.web.de/de/case?c=hi
GMX | content | message-refused | 554-Transaction failed\n554-This message has been classified as spam.\n554 For explanation visit https://postmaster.gmx.net
GMX | authenticate | credentials-rejected | 535 Authentication credentials invalid
WEB.DE | authenticate | credentials-rejected | 535 Authentication credentials invalid
GMX | mail | sending-quota-reached | 450-Requested mail action not taken: mailbox unavailable\n450-Mail send limit exceeded.\n450 For explanation visit https://postmaster.gmx.net
GMX | rcpt | sender-refused | 550-Requested action not taken: mailbox unavailable\n550 invalid DNS MX or A/AAAA resource record
IONOS | rcpt | sending-quota-reached | 450-Requested mail action not taken: mailbox unavailable\n450 Mail send limit exceeded.
IONOS | mail | sending-quota-reached | 450 Requested mail action not taken: Mail send limit exceeded
IONOS | content | sender-refused | 554-Transaction failed\n554-Unauthorized sender address.\n554 For explanation visit https://www.ionos.de/hilfe
IONOS | rcpt | sender-refused | 550-Requested action not taken: mailbox unavailable\n550 Sender address is not allowed.
IONOS | authenticate | credentials-rejected | 535 Authentication credentials invalid
IONOS | greeting | server-busy | 421 Service not available
IONOS | content | message-refused | 554-Transaction failed\n554 Reject due to policy restrictions
IONOS | mail | authentication-required | 530 Authentication required
IONOS | greeting | client-blocklisted | 554-perfora.net (mreueus003) Nemesis ESMTP Service not available\n554-No SMTP service\n554 IP address is black listed.
Strato | rcpt | recipient-refused | 550 5.1.1 <kunde@example.com> User unknown; rejecting
Strato | mail | sender-refused | 550 5.7.1 Sender address is not allowed for this account
Strato | authenticate | credentials-rejected | 535 5.7.8 Error: authentication failed: authentication failure
Strato | rcpt | client-blocklisted | 550 5.7.1 Your ip 192.0.2.7 is blocked, blacklisted by Strato
Strato | content | message-refused | 550 5.7.1 Refused by local policy. No SPAM please!
Strato | rcpt | server-throttled | 451 4.7.1 too many messages, please slow down
Strato | rcpt | sending-quota-reached | 550 5.7.1 Sending limit exceeded, please try again in 60 minutes
T-Online | greeting | server-refuses-service | 554 IP=192.0.2.7 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)
T-Online | greeting | client-blocklisted | 554 IP=192.0.2.7 - Dialup/transient IP not allowed. Use a mailgateway or contact tosa@rx.t-online.de to clarify.
T-Online | greeting | client-blocklisted | 554 IP=192.0.2.7 - None/bad reputation. Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.
T-Online | rcpt | recipient-refused | 550-5.7.1 User unknown\n550 5.7.1 (Grund: unbekannter Empfaenger)
T-Online | rcpt | mailbox-full | 552 5.2.2 quota exceeded: recipient mailbox full
T-Online | mail | sender-refused | 550 5.7.1 Absender nicht zugelassen: sender address not allowed
T-Online | authenticate | credentials-rejected | 535 5.7.8 Authentication credentials invalid. (Benutzername oder Passwort falsch)
T-Online | mail | authentication-required | 530 5.7.0 Authentication required
T-Online | content | sending-quota-reached | 550 5.7.1 daily message limit reached
docomo | content | mailbox-full | 552 kunde@docomo.example Too much mail data
docomo | rcpt | mailbox-full | 552 Too much mail data
docomo | rcpt | recipient-refused | 550 Unknown user kunde@docomo.example
docomo | greeting | server-busy | 421 docomo service not available
cPanel | rcpt | sending-quota-reached | 550 Domain acme.example has exceeded the max emails per hour (200/200 (100%)) allowed.  Message discarded.
cPanel | rcpt | sending-quota-reached | 450 Domain acme.example has exceeded the max emails per hour (201/200 (100%)) allowed.  Message will be reattempted later
cPanel | rcpt | sending-quota-reached | 550 Domain acme.example has exceeded the max defers and failures per hour (5/5 (100%)) allowed.  Message discarded.
cPanel | rcpt | account-blocked | 550 Outgoing mail from "erp@acme.example" has been suspended.
cPanel | rcpt | recipient-refused | 550 No Such User Here
cPanel | authenticate | credentials-rejected | 535 Incorrect authentication data
cPanel | rcpt | relay-denied | 550-Please turn on SMTP Authentication in your mail client.\n550 vm [192.0.2.7]:5 is not permitted to relay through this server
Plesk | content | sending-quota-reached | 550 5.7.0 Your message could not be sent. The limit on the number of allowed outgoing messages was exceeded. Try again later.
Plesk | content | sending-quota-reached | 450 4.7.0 Your message could not be sent. The limit on the number of allowed outgoing messages was exceeded. Try again later.
Plesk | rcpt | sending-quota-reached | 450 4.7.1 The limit on the number of outgoing messages was exceeded
Plesk | rcpt | sender-refused | 553 5.7.1 <erp@acme.example>: Sender address rejected: not owned by user erp
Rackspace | rcpt | sending-quota-reached | 550 User erp@acme.example has exceeded its 24-hour sending limit. Messages to 500 recipients out of 500 allowed have been sent. Relay quota will reset in 1.51 hours.
Amazon SES | content | server-throttled | 454 Throttling failure: Maximum sending rate exceeded.
Amazon SES | content | sending-quota-reached | 454 Throttling failure: Daily message quota exceeded.
Amazon SES | content | message-refused | 554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1
Amazon SES | authenticate | credentials-rejected | 535 Authentication Credentials Invalid
SendGrid | authenticate | credentials-rejected | 535 Authentication failed: Bad username / password
SendGrid | rcpt | sending-quota-reached | 451 You have reached your messaging limits: daily sending limit exceeded
Mailgun | rcpt | recipient-refused | 550 5.1.1 Recipient address rejected
Proofpoint | rcpt | recipient-refused | 550 5.1.1 <kunde@example.com>... User unknown
Proofpoint | greeting | client-blocklisted | 554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.7
Proofpoint | content | message-refused | 550 5.7.0 Local Policy Violation
Proofpoint | mail | server-busy | 452 4.1.0 ... temporary failure
Proofpoint | rcpt | recipient-refused | 550 5.7.1 Your email was rejected: recipient not accepting mail
Proofpoint | content | message-refused | 554 5.7.1 The message was rejected because it contains prohibited virus or spam content
Mimecast | rcpt | recipient-refused | 550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550
Mimecast | rcpt | recipient-deferred | 451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451
Mimecast | content | message-refused | 554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554
Mimecast | rcpt | sender-refused | 550 Rejected by header based Anti-Spoofing policy: acme.example - https://community.mimecast.com/docs/DOC-1369#550
Mimecast | rcpt | recipient-refused | 550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550
Mimecast | mail | too-many-connections | 550 Exceeding outbound thread limit - https://community.mimecast.com/docs/DOC-1369#550
Mimecast | rcpt | recipient-deferred | 451 Greylisting in effect, please resubmit - https://community.mimecast.com
Barracuda | greeting | client-blocklisted | 554 Service unavailable; Client host [192.0.2.7] blocked using Barracuda Reputation; http://bbl.barracudacentral.com/q.cgi?ip=192.0.2.7
Barracuda | content | message-refused | 554 rejected due to spam content
Barracuda | rcpt | recipient-refused | 550 No such user (kunde@example.com)
Barracuda | rcpt | too-many-recipients | 452 Too many recipients received this hour
Barracuda | mail | server-throttled | 451 Rate limit exceeded
IronPort | rcpt | recipient-refused | 550 #5.1.0 Address rejected.
IronPort | greeting | server-refuses-service | 554 Your access to this mail system has been rejected due to the sending MTA's reputation.
IronPort | mail | too-many-connections | 452 Too many sessions open on this host
IronPort | mail | server-throttled | 452 #4.5.3 Too many messages per session
Symantec | content | message-refused | 553-Message filtered. Refer to the Troubleshooting page at\n553-https://www.symanteccloud.com/troubleshooting for more\n553 information. (#5.7.1)
Symantec | mail | client-blocklisted | 501 Connection rejected by policy [7.7] 20805, IP blocked, see https://www.symanteccloud.com
Trend Micro | rcpt | client-blocklisted | 550 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using Trend Micro Email Reputation Service
Hornetsecurity | rcpt | relay-denied | 554 5.7.1 <kunde@example.com>: Relay access denied
Hornetsecurity | rcpt | recipient-refused | 550 5.1.1 recipient unknown (in reply to RCPT)
Retarus | rcpt | sender-unauthenticated | 550 5.7.1 SPF check failed: 192.0.2.7 is not allowed to send for acme.example
Zoho | authenticate | credentials-rejected | 535 Authentication Failed
Zoho | mail | sender-refused | 553 Relaying disallowed as erp@acme.example: sender is not allowed to relay emails
Zoho | content | account-blocked | 550 5.4.6 Unusual sending activity detected. Outgoing mail is disabled, sending has been blocked
OVH | content | sending-quota-reached | 550 5.7.1 Hourly sending quota exceeded for this account
Hetzner | rcpt | relay-denied | 550 relay not permitted, authentication required
Hetzner | content | sending-quota-reached | 550 Sending limit exceeded: 500 mails per hour
all-inkl | rcpt | sender-refused | 553 5.7.1 <erp@acme.example>: Sender address rejected: not owned by user m0123456
Mittwald | rcpt | sending-quota-reached | 450 4.7.1 <erp@acme.example>: Sender address rejected: Hourly sending limit reached
DomainFactory | rcpt | sender-refused | 550 5.7.1 You are not allowed to send from this address
Host Europe | rcpt | relay-denied | 550 Relaying is not permitted
Zimbra | authenticate | credentials-rejected | 535 5.7.8 Error: authentication failed: authentication failure
Kerio | rcpt | relay-denied | 550 5.7.1 Relaying to <kunde@example.com> denied (authentication required)
MDaemon | rcpt | recipient-refused | 550 <kunde@example.com>, Recipient unknown
MDaemon | mail | authentication-required | 530 Authentication required
any | rcpt | account-locked | 525 5.7.13 User account disabled
any | authenticate | password-expired | 535 5.7.3 Authentication unsuccessful, the password has expired
any | authenticate | account-locked | 535 5.7.8 Your account is temporarily locked
any | mail | encryption-required | 554 5.7.1 Encryption is required for this server
any | rcpt | encryption-required | 523 5.7.10 Encryption Needed
`;
