/** Replies of mail servers, as they say them: `provider | stage | code expected | reply`, a line break is `\n`. */
export const repliesOfServers = String.raw`
Postfix | rcpt | recipient-refused | 550 5.1.1 <kunde@example.com>: Recipient address rejected: User unknown in local recipient table
Postfix | rcpt | recipient-refused | 550 5.1.1 <kunde@example.com>: Recipient address rejected: User unknown in virtual mailbox table
Postfix | rcpt | recipient-refused | 550 5.1.1 <kunde@example.com>: Recipient address rejected: undeliverable address: host mx.example.com said: 550 no such user
Postfix | rcpt | recipient-refused | 550 5.1.0 <kunde@example.com>: Recipient address rejected: example.com
Postfix | rcpt | recipient-refused | 501 5.1.3 Bad recipient address syntax
Postfix | rcpt | recipient-refused | 550 5.1.2 <kunde@nowhere.example>: Recipient address rejected: Domain not found
Postfix | rcpt | recipient-refused | 556 5.1.10 <kunde@example.com>: Recipient address rejected: Domain example.com does not accept mail (nullMX)
Postfix | rcpt | recipient-refused | 554 5.7.1 <kunde@example.com>: Recipient address rejected: Access denied
Postfix | rcpt | recipient-deferred | 450 4.1.1 <kunde@example.com>: Recipient address rejected: unverified address: Address verification in progress
Postfix | rcpt | recipient-deferred | 450 4.2.0 <kunde@example.com>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.com.html
Postfix | rcpt | recipient-deferred | 451 4.3.0 <kunde@example.com>: Temporary lookup failure
Postfix | rcpt | recipient-deferred | 451 4.3.5 <kunde@example.com>: Recipient address rejected: Server configuration problem
Postfix | rcpt | recipient-deferred | 450 4.7.1 <kunde@example.com>: Recipient address rejected: Access denied
Postfix | rcpt | relay-denied | 554 5.7.1 <kunde@example.com>: Relay access denied
Postfix | rcpt | relay-denied | 454 4.7.1 <kunde@example.com>: Relay access denied
Postfix | rcpt | server-refuses-service | 554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied
Postfix | mail | server-refuses-service | 554 5.7.1 <vm[192.0.2.7]>: Client host rejected: Access denied
Postfix | greeting | server-refuses-service | 554 5.7.1 <vm[192.0.2.7]>: Client host rejected: Access denied
Postfix | rcpt | reverse-dns-missing | 450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.7]
Postfix | rcpt | reverse-dns-missing | 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]
Postfix | rcpt | reverse-dns-missing | 550 5.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.7]
Postfix | rcpt | ehlo-refused | 504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname
Postfix | rcpt | ehlo-refused | 450 4.7.1 <vm.lan>: Helo command rejected: Host not found
Postfix | rcpt | ehlo-refused | 501 5.5.2 <vm_1>: Helo command rejected: Invalid name
Postfix | rcpt | ehlo-refused | 554 5.7.1 <example.com>: Helo command rejected: You are not me
Postfix | rcpt | client-blocklisted | 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.7
Postfix | rcpt | client-blocklisted | 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.7
Postfix | mail | client-blocklisted | 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using b.barracudacentral.org
Postfix | greeting | client-blocklisted | 550 5.7.1 Service unavailable; client [192.0.2.7] blocked using zen.spamhaus.org
Postfix | mail | sender-refused | 550 5.1.0 <erp@acme.example>: Sender address rejected: User unknown in local recipient table
Postfix | rcpt | sender-refused | 553 5.7.1 <erp@acme.example>: Sender address rejected: not owned by user erp@acme.example
Postfix | rcpt | authentication-required | 553 5.7.1 <erp@acme.example>: Sender address rejected: not logged in
Postfix | rcpt | sender-refused | 550 5.1.8 <erp@acme.example>: Sender address rejected: Domain not found
Postfix | rcpt | recipient-deferred | 450 4.1.8 <erp@acme.example>: Sender address rejected: Domain not found
Postfix | rcpt | sender-refused | 504 5.5.2 <erp>: Sender address rejected: need fully-qualified address
Postfix | rcpt | too-many-recipients | 452 4.5.3 Error: too many recipients
Postfix | mail | server-busy | 452 4.3.1 Insufficient system storage
Postfix | mail | message-too-large | 552 5.3.4 Message size exceeds fixed limit
Postfix | content | message-too-large | 552 5.3.4 Error: message file too big
Postfix | content | message-deferred | 451 4.3.0 Error: queue file write error
Postfix | content | message-deferred | 451 4.7.1 Service unavailable - try again later
Postfix | content | message-refused | 550 5.7.1 Blocked by SpamAssassin
Postfix | content | message-refused | 554 5.7.1 Spam message rejected
Postfix | content | message-refused | 550 5.7.1 virus Eicar-Test-Signature detected by ClamAV
Postfix | greeting | too-many-connections | 421 4.7.0 mail.example.com Error: too many connections from 192.0.2.7
Postfix | rcpt | server-throttled | 450 4.7.1 Error: too much mail from 192.0.2.7
Postfix | rcpt | server-throttled | 450 4.7.1 Error: too many recipients from 192.0.2.7
Postfix | ehlo | server-throttled | 421 4.7.0 mail.example.com Error: too many errors
Postfix | ehlo | server-busy | 421 4.4.2 mail.example.com Error: timeout exceeded
Postfix | greeting | server-busy | 421 4.3.2 All server ports are busy
Postfix | mail | encryption-required | 530 5.7.0 Must issue a STARTTLS command first
Postfix | rcpt | authentication-required | 530 5.7.0 Authentication required
Postfix | authenticate | credentials-rejected | 535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6
Postfix | authenticate | credentials-rejected | 535 5.7.8 Error: authentication failed: (reason unavailable)
Postfix | authenticate | authentication-unavailable | 454 4.7.0 Temporary authentication failure: Connection lost to authentication server
Postfix | authenticate | authentication-not-offered | 503 5.5.1 Error: authentication not enabled
Postfix | authenticate | encryption-required | 538 5.7.11 Encryption required for requested authentication mechanism
Postfix | authenticate | encryption-required | 530 5.7.0 Must issue a STARTTLS command first
Postfix | authenticate | authentication-mechanism-unsupported | 534 5.7.9 Authentication mechanism too weak
Postfix | rcpt | sending-quota-reached | 450 4.7.1 <kunde@example.com>: Recipient address rejected: Policy Rejection- Quota exceeded.
Postfix | rcpt | sender-unauthenticated | 550 5.7.23 <kunde@example.com>: Recipient address rejected: Message rejected due to: SPF fail - not authorized
Postfix | rcpt | sender-unauthenticated | 550 5.7.1 <kunde@example.com>: Recipient address rejected: Please see SPF failed for acme.example
Postfix | data | message-refused | 554 5.5.1 Error: no valid recipients
Postfix | mail | unexpected-reply | 503 5.5.1 Error: nested MAIL command
Postfix | tls | starttls-not-offered | 502 5.5.1 Error: command not implemented
Postfix | tls | tls-failed | 454 4.7.0 TLS not available due to local problem
Exim | greeting | too-many-connections | 421 Too many concurrent SMTP connections; please try again later.
Exim | greeting | too-many-connections | 421 Too many concurrent SMTP connections from this IP address; please try again later.
Exim | rcpt | server-throttled | 450 Sender rate overlimit - 120.3 / 1h
Exim | rcpt | server-throttled | 550 Sender rate overlimit - 120.3 / 1h
Exim | mail | server-throttled | 451 Sender rate exceeds 100 per hour
Exim | rcpt | relay-denied | 550 relay not permitted
Exim | rcpt | relay-denied | 550 Relay not permitted for unauthenticated hosts
Exim | rcpt | relay-denied | 550-Please turn on SMTP Authentication in your mail client.\n550-vm [192.0.2.7]:40022 is not permitted to relay through this server without\n550 authentication.
Exim | rcpt | relay-denied | 550 192.0.2.7 is not permitted to relay through this server without authentication.
Exim | rcpt | recipient-refused | 550 Unrouteable address
Exim | rcpt | recipient-refused | 550 Unknown user
Exim | rcpt | recipient-refused | 550 No such person at this address.
Exim | rcpt | recipient-refused | 550 No Such User Here
Exim | rcpt | sender-refused | 550-Verification failed for <kunde@example.com>\n550-Previous (cached) callout verification failure\n550 Sender verify failed
Exim | rcpt | recipient-refused | 550 5.1.1 User does not exist
Exim | rcpt | recipient-deferred | 451 Temporary local problem - please try later
Exim | rcpt | recipient-deferred | 451 Could not complete recipient verify callout
Exim | rcpt | recipient-deferred | 450 Greylisted - please try again in 5 minutes
Exim | rcpt | recipient-refused | 550 Administrative prohibition
Exim | rcpt | sender-refused | 550 Sender verify failed
Exim | mail | sender-refused | 550 Sender verify failed
Exim | rcpt | client-blocklisted | 550 rejected because 192.0.2.7 is in a black list at zen.spamhaus.org
Exim | rcpt | client-blocklisted | 550 JunkMail rejected - vm [192.0.2.7]:40022 is in an RBL: https://www.spamhaus.org/query/ip/192.0.2.7
Exim | rcpt | client-blocklisted | 550 "Your IP: 192.0.2.7 : Your Domain: acme.example : was found on RBL blacklist"
Exim | rcpt | ehlo-refused | 550 Bad HELO - Host impersonating domain name [example.com]
Exim | rcpt | ehlo-refused | 550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)
Exim | ehlo | ehlo-refused | 501 Syntactically invalid EHLO argument(s)
Exim | rcpt | ehlo-refused | 550 HELO should be a FQDN or address literal
Exim | rcpt | reverse-dns-missing | 550 Host has no valid reverse DNS (PTR) record
Exim | content | message-too-large | 552 Message size exceeds maximum permitted
Exim | mail | message-too-large | 552 message size exceeds maximum permitted
Exim | content | message-refused | 550 This message was classified as SPAM and may not be delivered
Exim | content | message-refused | 550 Message headers fail syntax check
Exim | content | message-deferred | 451 Temporary local problem - please try later
Exim | mail | server-busy | 452 space shortage, please try later
Exim | greeting | server-refuses-service | 554 SMTP synchronization error
Exim | greeting | server-refuses-service | 550 Access denied
Exim | greeting | server-busy | 421 Unexpected failure, please try later
Exim | authenticate | credentials-rejected | 535 Incorrect authentication data
Exim | authenticate | authentication-not-offered | 503 AUTH command used when not advertised
Exim | authenticate | authentication-unavailable | 435 Unable to authenticate at present
Exim | authenticate | authentication-mechanism-unsupported | 504 LOGIN authentication mechanism not supported
Exim | mail | encryption-required | 550 A secure connection is required
Exim | rcpt | mailbox-full | 552 mailbox for kunde@example.com is full: retry timeout exceeded
Exim | rcpt | too-many-recipients | 452 too many recipients
sendmail | rcpt | relay-denied | 550 5.7.1 <kunde@example.com>... Relaying denied
sendmail | rcpt | relay-denied | 550 5.7.1 <kunde@example.com>... Relaying denied. Proper authentication required.
sendmail | rcpt | relay-denied | 550 5.7.1 <kunde@example.com>... Relaying denied. IP name lookup failed [192.0.2.7]
sendmail | rcpt | reverse-dns-missing | 450 4.7.1 <kunde@example.com>... Relaying temporarily denied. Cannot resolve PTR record for 192.0.2.7
sendmail | rcpt | recipient-refused | 550 5.1.1 <kunde@example.com>... User unknown
sendmail | rcpt | mailbox-full | 552 5.2.2 <kunde@example.com>... Mailbox full
sendmail | rcpt | recipient-refused | 550 5.2.1 <kunde@example.com>... Mailbox disabled for this recipient
sendmail | mail | sender-refused | 553 5.1.8 <erp@acme.example>... Domain of sender address erp@acme.example does not exist
sendmail | mail | server-busy | 451 4.1.8 Domain of sender address erp@acme.example does not resolve
sendmail | mail | sender-refused | 553 5.5.4 <erp>... Domain name required for sender address erp
sendmail | mail | sender-refused | 550 5.7.1 Access denied
sendmail | mail | server-busy | 452 4.4.5 Insufficient disk space; try again later
sendmail | mail | message-too-large | 552 5.2.3 Message size exceeds maximum value of 10000000
sendmail | greeting | too-many-connections | 421 4.3.2 Too many open connections.
sendmail | greeting | too-many-connections | 421 4.3.2 Connection rate limit exceeded.
sendmail | rcpt | client-blocklisted | 550 5.7.1 Rejected: 192.0.2.7 listed at zen.spamhaus.org
sendmail | mail | reverse-dns-missing | 550 5.7.1 Fix reverse DNS for 192.0.2.7
sendmail | content | message-refused | 550 5.7.1 Command rejected
sendmail | content | message-deferred | 451 4.7.1 Greylisting in action, please come back later
sendmail | authenticate | credentials-rejected | 535 5.7.0 authentication failed
sendmail | mail | authentication-required | 530 5.7.0 Authentication required
qmail | rcpt | relay-denied | 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
qmail | rcpt | recipient-refused | 550 sorry, no mailbox here by that name. (#5.1.1)
qmail | rcpt | recipient-refused | 511 sorry, no mailbox here by that name (#5.1.1 - chkuser)
qmail | rcpt | sender-refused | 553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)
qmail | content | message-too-large | 552 sorry, that message size exceeds my databytes limit (#5.3.4)
qmail | mail | server-busy | 421 unable to read controls (#4.3.0)
qmail | content | message-deferred | 451 qq temporary problem (#4.3.0)
qmail | rcpt | mailbox-full | 552 sorry, the recipient's mailbox is over quota (#5.2.2)
qmail | content | message-refused | 554 mail server permanently rejected message (#5.3.0)
Exchange | rcpt | relay-denied | 550 5.7.1 Unable to relay
Exchange | rcpt | relay-denied | 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
Exchange | mail | authentication-required | 530 5.7.1 Client was not authenticated
Exchange | mail | authentication-required | 530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM
Exchange | mail | sender-refused | 550 5.7.1 Client does not have permissions to send as this sender
Exchange | content | sender-refused | 550 5.7.1 Client does not have permissions to send as this sender
Exchange | content | sender-refused | 550 5.7.60 SMTP; Client does not have permissions to send as this sender
Exchange | rcpt | recipient-refused | 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
Exchange | rcpt | recipient-refused | 550 5.1.1 User unknown
Exchange | content | recipient-refused | 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated
Exchange | authenticate | credentials-rejected | 535 5.7.3 Authentication unsuccessful
Exchange | authenticate | authentication-mechanism-unsupported | 504 5.7.4 Unrecognized authentication type
Exchange | mail | server-busy | 452 4.3.1 Insufficient system resources
Exchange | mail | server-busy | 451 4.7.0 Temporary server error. Please try again later. PRX2
Exchange | ehlo | server-busy | 421 4.4.2 Connection timed out
Exchange | greeting | too-many-connections | 421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel
Exchange | mail | server-throttled | 421 4.4.2 Message submission rate for this client has exceeded the configured limit
Exchange | content | message-too-large | 552 5.3.4 Message size exceeds fixed maximum message size
Exchange | greeting | server-busy | 421 4.3.2 Service not active
Exchange | mail | encryption-required | 530 5.7.0 Must issue a STARTTLS command first
Exchange | content | message-refused | 550 5.6.0 CAT.InvalidContent.Exception: NotSupportedException
Exchange | rcpt | recipient-refused | 550 5.7.1 Recipient not authorized, your IP has been found on a restricted sender list
Domino | rcpt | relay-denied | 554 Relay rejected for policy reasons.
Domino | rcpt | recipient-refused | 550 kunde@example.com... No such user
Dovecot | authenticate | credentials-rejected | 535 5.7.8 Authentication failed.
MailEnable | rcpt | authentication-required | 503 This mail server requires authentication when attempting to send to a non-local e-mail address. Please authenticate first
hMailServer | rcpt | authentication-required | 530 SMTP authentication is required.
hMailServer | rcpt | recipient-refused | 550 Unknown user
`;
