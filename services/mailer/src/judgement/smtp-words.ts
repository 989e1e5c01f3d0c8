/** Phrases of servers, as they stand in their own words: lower case, addresses and host names cut out. */

const any = (...patterns: readonly RegExp[]): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join('|'), 'u');

/** One pattern after the other, for what is too long for a line. */
const inOrder = (...patterns: readonly RegExp[]): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join(''), 'u');

/** One of these, as part of a longer pattern. */
const oneOf = (...patterns: readonly RegExp[]): RegExp => new RegExp(`(?:${any(...patterns).source})`, 'u');

/** As many connections, or sessions, as the server allows this client. */
export const tooManyConnections = any(
  /too many (?:(?:concurrent|simultaneous|open|new|smtp|tls|parallel) )*(?:connections?|sessions)/,
  /(?:concurrent|simultaneous|parallel) (?:smtp )?(?:connections?|sessions)\b.{0,40}(?:exceed|limit|reached)/,
  /(?:connections?|session) (?:rate |count )?limit|connection rate|maximum (?:number of )?(?:concurrent )?connections/,
  /number of (?:concurrent )?connections? .{0,30}(?:exceed|limit)/,
  /outbound thread limit|sender thread limit/,
);

/** More in a short time than the server allows. */
export const tooFast = any(
  /rate[ -]?limit|rate (?:has )?(?:been )?exceeded|rate overlimit|rate control/,
  /(?:message|sending|submission|sender|recipient|mail) (?:submission )?rate\b.{0,60}(?:exceed|limit|too high)/,
  /too (?:many|much) (?:messages|mails?|e-?mails?|recipients) (?:from|per|in)\b/,
  /too many (?:messages|mails|e-?mails|requests|commands)/,
  /too fast|sending too quickly|slow down/,
  /\b(?:is|are|was|were|been|being|temporarily) throttled\b|\bthrottling (?:limit|policy|in effect)/,
  /messages? per (?:session|connection)|deferred due to (?:user complaints|unexpected volume)/,
);

/** What the account, or its domain, may send in a time is used up. */
export const quotaUsedUp = any(
  /submission ?quota/,
  inOrder(
    /(?:daily|hourly|24-hour|\d+-hour|monthly|sending|send|outgoing|outbound|relay) /,
    /(?:(?:user|account|message|mail|e-?mail|recipient|sending|smtp) )*(?:quota|limits?)\b/,
  ),
  /(?:daily|hourly) (?:\w+ ){0,3}limit/,
  inOrder(
    /exceeded (?:the |its |your )?(?:max(?:imum)? )?(?:(?:allowed|number of) )*/,
    /(?:e-?mails|messages|mails|defers and failures) per/,
  ),
  /exceeded (?:the )?max(?:imum)? (?:defers and failures|e-?mails)/,
  /limit on the number of (?:allowed )?(?:outgoing |outbound )?(?:messages|e-?mails|mails)/,
  /(?:messages?|mail|e-?mail) (?:quota|limit) (?:has been )?(?:exceeded|reached)|policy rejection\W{0,3}quota exceeded/,
  inOrder(
    /reached (?:the|your|its) (?:\w+ ){0,3}(?:limit|quota) (?:for|on|of) /,
    /(?:message|sending|outgoing|e-?mail|mail|recipients)/,
  ),
  /exceeded (?:the|your|its) (?:\w+ ){0,3}threshold/,
);

export const onBlocklist = any(
  /black ?list|block(?:ed)? ?list|deny ?list|\bdnsbl\b|\brbl\b|\bblocked using\b/,
  /\bblocked by (?:spamhaus|barracuda|spamcop|sorbs)/,
  /\blisted (?:at|in|on|by)\b|spamhaus|barracuda reputation|spamcop|\bsorbs\b|abuseat/,
  /\bip\b.{0,30}(?:is |was |has been )?(?:blocked|banned|blacklisted)|banned sending ip|blocked - see/,
  /(?:poor|bad|low|ip) reputation/,
  /client host .{0,20}blocked|mail sent from your ip address has been|unusual rate of unsolicited/,
  /dynamic ip|dial-?up|dynamic\/residential|transient ip/,
  /connections? not accepted from|all messages from .{0,30}permanently deferred|banned sender/,
);

/** A certificate of the client, and not that of the server or of a message. */
export const certificateWanted = any(
  inOrder(
    /client(?:'s)? (?:tls |ssl )?cert(?:ificate)?s?\b.{0,40}/,
    /(?:required|needed|missing|not (?:presented|provided|verified|trusted|accepted|authori[sz]ed)|invalid|expired|rejected)/,
  ),
  inOrder(
    /(?:requires?|need|present|provide|supply|without|no|valid|verified|trusted) (?:an? |your |the )?/,
    /(?:valid |verified |trusted )?(?:tls |ssl |x\.?509 )?client cert(?:ificate)?/,
  ),
  /(?:tls|ssl) cert(?:ificate)? (?:is )?(?:required|needed)/,
  /cert(?:ificate)? (?:is )?required (?:to|for) (?:send|relay|submi)/,
);

export const noReverseName = any(
  /reverse (?:dns|lookup|host ?name|mapping|record)|\bptr\b|\br-?dns\b/,
  /cannot find your (?:reverse )?host ?name|no host ?name for your ip/,
);

export const badHello = any(
  /\b(?:helo|ehlo)\b.{0,40}(?:rejected|refused|invalid|denied|must|should|bad|not|required|argument)/,
  /(?:bad|invalid|rejected|refused|syntactically invalid|incorrect|forged) (?:helo|ehlo)/,
  /need fully-?qualified host ?name|host impersonating/,
);

export const clientRefused = any(
  /client host rejected|client (?:address |ip )?(?:was )?(?:rejected|refused|blocked|denied)/,
  inOrder(
    /(?:your|client|sending|this) (?:ip|host|client|server|machine|address|network)\b.{0,40}/,
    /(?:not (?:allowed|authori[sz]ed|permitted|accepted)|denied|refused|banned|rejected|blocked|prohibited)/,
  ),
  inOrder(
    /not (?:allowed|authori[sz]ed|permitted) to /,
    /(?:connect|send (?:(?:mail|e-?mail) )?(?:from|through) this (?:ip|host|server|network|computer))/,
  ),
  /(?:mail|traffic|connections?) not accepted from (?:this|your)|no smtp service|go away/,
  /access denied\b.{0,30}\b(?:ip|host|client)\b|you are not (?:allowed|authorized) to (?:connect|use this)/,
);

export const relayDenied = any(
  inOrder(
    /relay(?:ing)? (?:access )?(?:is )?(?:temporarily )?/,
    /(?:denied|prohibited|not (?:permitted|allowed|authori[sz]ed)|rejected|refused|forbidden|disallowed)/,
  ),
  inOrder(
    /(?:unable|not (?:permitted|allowed|authori[sz]ed)|cannot|can't|won't|refus\w+|do(?:es)? not|no permission) /,
    /(?:\w+ ){0,2}relay/,
  ),
  /\brcpthosts\b|relay not|relaying to\b.{0,20}\bdenied|this (?:is not an|system is not an) open relay|relay attempt/,
);

export const signInWanted = any(
  /authentication (?:is )?(?:required|needed)|auth(?:entication)? first|need (?:to )?auth/,
  /smtp auth(?:entication)? (?:is )?required/,
  /must (?:first )?(?:authenticate|log ?in|sign in)/,
  /please (?:authenticate|log ?in|sign in|turn on smtp authentication)/,
  /not (?:been )?(?:authenticated|logged in)\b(?! for)|without authentication|turn on smtp authentication/,
  /send auth command/,
);

export const encryptionWanted = any(
  /starttls|must issue/,
  inOrder(
    /\b(?:tls|ssl|encryption|encrypted|secure) (?:connection |session |channel )?(?:is |are )?/,
    /(?:required|needed|mandatory)/,
  ),
  /(?:requires?|needs?|only|use) (?:a |an )?(?:\w+ ){0,2}(?:tls|ssl|encryption|encrypted)/,
);

export const senderRefused = any(
  inOrder(
    /sender(?: address| domain| verify| email)? (?:address )?(?:is )?/,
    /(?:rejected|refused|not (?:allowed|authori[sz]ed|permitted|owned|valid)|denied|failed|invalid|blocked|does not exist|not exist)/,
  ),
  /not owned by (?:user|auth)|(?:unauthori[sz]ed|invalid|bad|unknown|forged) (?:envelope )?sender|sendasdenied/,
  /send as this sender/,
  /domain of sender|envelope sender|badmailfrom|from address|mail from (?:address|domain)|anti-?spoofing/,
  /(?:not (?:allowed|permitted|authori[sz]ed)|permission) to send (?:as|from|for|on behalf)|send on behalf/,
  /sender domain|sending domain/,
  /invalid dns mx|mx or a\/aaaa/,
);

export const senderUnproven = any(
  /\bspf\b.{0,60}(?:fail|not|reject|invalid|deny|denied|unauthori)|\bdmarc\b/,
  /\bdkim\b.{0,60}(?:fail|not|missing|invalid|required)/,
  /(?:unauthenticated|not authenticated) (?:e-?mail|mail|message)|required authentication level/,
  /(?:mail|message) is unauthenticated/,
);

/** The words of a recipient that does not exist, or does not want mail: what is certainly about them. */
export const speaksOfRecipient = any(
  inOrder(
    /(?:user|recipient|mailbox|account|address|addressee|alias|member|inbox|person|login)(?:\(s\)|s)?/,
    /(?: name| address| account| lookup)? (?:\w+ ){0,3}/,
    oneOf(
      /unknown|not found|unavailable|disabled|invalid|inactive|suspended|expired|closed|rejected|does not exist/,
      /doesn't exist|not exist|no longer|refused|is not|isn't|not known|not recognized|unrouteable/,
    ),
  ),
  inOrder(
    /(?:no such|unknown|invalid|non-?existent|bad|unrouteable|undeliverable|not a valid|no valid|unable to verify|could not verify) /,
    /(?:\w+ ){0,2}(?:user|recipient|mailbox|account|address|person|alias|domain|destination)/,
  ),
  /no mailbox here|doesn't have an? .{0,12}account|does not have an? .{0,12}account|not our customer/,
  /recipient verify fail|mailbox not found|not accepting mail|receiving mail (?:too quickly|at a rate)/,
  /does not accept mail|account that you tried to reach|never logged/,
  /unknown in (?:virtual|local|relay)|not listed in|verification failed for|recipnotfound|restrict/,
  /user account is overquota|user unknown|unbekannt|\bnicht bekannt|null ?mx/,
);

export const mailboxFull = any(
  /mailbox (?:\w+ ){0,3}(?:full|quota|exceed|over)/,
  /(?:over ?quota|quota (?:is )?(?:exceeded|full)|exceeded (?:its |the |their )?(?:storage|quota|disk))/,
  /storage (?:allocation|quota|limit)|not enough (?:space|storage)|insufficient (?:user )?(?:space|quota)/,
  /out of (?:storage|space)|too much mail data|inbox is (?:full|out)/,
);

/** What the account is kept from, until somebody lets it send again. */
export const accountBlocked = any(
  /bad outbound sender|outbound spam|spam abuse detected/,
  /account (?:has been |is |was )?(?:temporarily )?(?:blocked|suspended|restricted|disabled) (?:from|for) send/,
  /sending (?:has been |is |was )?(?:blocked|suspended|disabled|restricted)/,
  /not allowed to send (?:e-?mail|mail|messages)\b(?! as| from| for)|blocked from sending/,
  /outgoing mail from .{0,40}(?:suspended|blocked|disabled)|outgoing e-?mail (?:is |has been )?(?:suspended|disabled)/,
);
