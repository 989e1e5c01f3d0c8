import { hint, type LocalizedText } from './schemas.ts';

/** What servers and authorities have against this client, its account or its sign-in, and what ends it. */
export const refusalFailureTexts = {
  'too-many-connections': hint(
    'The server allows fewer connections at the same time. Sending resumes automatically. Set a lower limit of connections.',
    'Der Server erlaubt weniger gleichzeitige Verbindungen. Es geht von selbst weiter. Setzen Sie das Limit ' +
      'für Verbindungen niedriger.',
  ),
  'sending-quota-reached': hint(
    'The account has used up what it may send for now. Sending resumes when the provider allows it. Have the ' +
      'quota raised, or set limits below it.',
    'Das Konto hat sein Versandkontingent vorerst ausgeschöpft. Es geht weiter, sobald der Anbieter es ' +
      'zulässt. Lassen Sie das Kontingent erhöhen oder setzen Sie Limits darunter.',
  ),
  'client-blocklisted': hint(
    'The server refuses the IP address of the mailer because it is on a blocklist. Have it removed from the ' +
      'list, or send through the submission server of your provider.',
    'Der Server lehnt die IP-Adresse des Mailers ab, weil sie auf einer Sperrliste steht. Lassen Sie sie ' +
      'austragen oder senden Sie über den Postausgangsserver Ihres Anbieters.',
  ),
  'reverse-dns-missing': hint(
    'The IP address of the mailer has no valid reverse DNS entry (PTR). Have your network provider set one ' +
      'that matches EHLO_NAME, or send through a submission server with sign-in.',
    'Die IP-Adresse des Mailers hat keinen gültigen Reverse-DNS-Eintrag (PTR). Lassen Sie ihn von Ihrem ' +
      'Netzanbieter passend zu EHLO_NAME setzen oder senden Sie über einen Postausgangsserver mit Anmeldung.',
  ),
  'account-blocked': hint(
    'The provider has blocked this account from sending. Unblock it there (Microsoft 365: Restricted ' +
      'entities), and find out what was sent from it.',
    'Der Anbieter hat dieses Konto für den Versand gesperrt. Entsperren Sie es dort (Microsoft 365: ' +
      'Eingeschränkte Entitäten) und klären Sie, was darüber versendet wurde.',
  ),
  'tenant-blocked': hint(
    'The provider does not let this tenant send, or not from this network. Ask the support of the provider to lift the block.',
    'Der Anbieter lässt diesen Mandanten nicht senden, oder nicht aus diesem Netz. Bitten Sie den Support des ' +
      'Anbieters, die Sperre aufzuheben.',
  ),
  'sender-unauthenticated': hint(
    'The server could not verify the domain of the sender (SPF, DKIM, DMARC). Add this way of sending to the ' +
      'DNS entries of the domain.',
    'Der Server konnte die Domain des Absenders nicht bestätigen (SPF, DKIM, DMARC). Nehmen Sie diesen ' +
      'Versandweg in die DNS-Einträge der Domain auf.',
  ),
  'refused-alike': hint(
    'The server refuses one recipient after the other with the same words, so it is probably about this ' +
      'service, its account or its messages. The reply says more.',
    'Der Server lehnt einen Empfänger nach dem anderen mit denselben Worten ab; es geht also wohl um diesen ' +
      'Dienst, sein Konto oder seine Nachrichten. Die Antwort sagt mehr.',
  ),
  'encryption-required': hint(
    'The server accepts mail only over an encrypted connection. Choose STARTTLS, or implicit TLS on port 465.',
    'Der Server nimmt E-Mails nur über eine verschlüsselte Verbindung an. Wählen Sie STARTTLS oder implizites TLS auf Port 465.',
  ),
  'app-password-required': hint(
    'The account is protected by two-step verification. Create an app password (application-specific password) ' +
      'at the provider and enter it instead of the normal one.',
    'Das Konto ist durch die Bestätigung in zwei Schritten geschützt. Erzeugen Sie beim Anbieter ein ' +
      'App-Passwort und tragen Sie es statt des normalen ein.',
  ),
  'smtp-sign-in-disabled': hint(
    'The sign-in with a password (SMTP AUTH) is switched off for this mailbox or tenant. Have it enabled, or ' +
      'use an Exchange connection with OAuth.',
    'Die Anmeldung mit Passwort (SMTP AUTH) ist für dieses Postfach oder diesen Mandanten deaktiviert. Lassen ' +
      'Sie sie einschalten oder verwenden Sie eine Exchange-Verbindung mit OAuth.',
  ),
  'sign-in-blocked': hint(
    'A policy of the organization blocks this sign-in (security defaults, conditional access, multi-factor ' +
      'authentication). Have the account exempted, or use OAuth.',
    'Eine Richtlinie der Organisation blockiert diese Anmeldung (Sicherheitsstandards, bedingter Zugriff, ' +
      'Mehr-Faktor-Anmeldung). Lassen Sie das Konto ausnehmen oder verwenden Sie OAuth.',
  ),
  'web-sign-in-required': hint(
    'The provider wants the account to sign in once on its sign-in page in a browser. Do that, confirm what it ' +
      'asks for, and test again.',
    'Der Anbieter verlangt, dass sich das Konto einmal im Browser auf seiner Anmeldeseite anmeldet. Tun Sie ' +
      'das, bestätigen Sie, was dort gefragt wird, und testen Sie erneut.',
  ),
  'account-locked': hint(
    'The account is locked or disabled, perhaps after too many failed sign-ins. Have it unlocked, and check the password.',
    'Das Konto ist gesperrt oder deaktiviert, möglicherweise nach zu vielen Fehlversuchen. Lassen Sie es ' +
      'entsperren und prüfen Sie das Passwort.',
  ),
  'password-expired': hint(
    'The password of the account has expired. Set a new one and enter it here.',
    'Das Passwort des Kontos ist abgelaufen. Vergeben Sie ein neues und tragen Sie es hier ein.',
  ),
  'mailbox-full': hint('The mailbox of the recipient is full.', 'Das Postfach des Empfängers ist voll.'),
  'sender-mailbox-full': hint(
    'The mailbox that mail is sent through is full. Make room in it, or have its quota raised.',
    'Das Postfach, über das gesendet wird, ist voll. Schaffen Sie darin Platz oder lassen Sie sein Kontingent erhöhen.',
  ),
  'clock-wrong': hint(
    'The clock of the mailer is wrong, so the authority does not accept its signature. Have the clock set by a time server.',
    'Die Uhr des Mailers geht falsch, daher akzeptiert die Anmeldestelle seine Signatur nicht. Lassen Sie die ' +
      'Uhr von einem Zeitserver stellen.',
  ),
  'subscription-missing': hint(
    'The tenant has no active subscription for Exchange, or the app is disabled in it. Check the licenses and ' +
      'the enterprise application in Entra.',
    'Der Mandant hat kein aktives Abonnement für Exchange, oder die App ist darin deaktiviert. Prüfen Sie die ' +
      'Lizenzen und die Unternehmensanwendung in Entra.',
  ),
  'audience-wrong': hint(
    'The sign-in was meant for another authority or resource (audience, scope). Check cloud, authority and ' +
      'scope of the Exchange connection.',
    'Die Anmeldung galt einer anderen Anmeldestelle oder Ressource (Zielgruppe, Scope). Prüfen Sie Cloud, ' +
      'Anmeldestelle und Scope der Exchange-Verbindung.',
  ),
  'proxy-answered': hint(
    'A proxy, web filter or sign-in portal of the network answered in place of the server. Allow the addresses ' +
      'of Exchange there, or check EXCHANGE_PROXY.',
    'Ein Proxy, Webfilter oder Anmeldeportal des Netzes hat anstelle des Servers geantwortet. Lassen Sie die ' +
      'Adressen von Exchange dort zu oder prüfen Sie EXCHANGE_PROXY.',
  ),
  'certificate-chain-incomplete': hint(
    'The server does not send the intermediate certificate of its authority. Its administrator has to install ' +
      'the full chain; until then, import the intermediate certificate as a trusted one.',
    'Der Server sendet das Zwischenzertifikat seiner Stelle nicht mit. Sein Administrator muss die ' +
      'vollständige Kette einrichten; bis dahin importieren Sie das Zwischenzertifikat als vertrautes.',
  ),
  'certificate-key-weak': hint(
    'The certificate of the server, or the key exchange it offers, is too weak to be safe. Its administrator ' +
      'has to use RSA with 2048 bits or more, and SHA-256.',
    'Das Zertifikat des Servers oder sein Schlüsselaustausch ist zu schwach. Sein Administrator muss RSA mit ' +
      'mindestens 2048 Bit und SHA-256 verwenden.',
  ),
} as const satisfies Record<string, LocalizedText>;
