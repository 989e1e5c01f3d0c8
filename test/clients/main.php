<?php
// The round trip of round-trip.ts with the client that openapi-generator makes for PHP.
declare(strict_types=1);

require '/usr/share/php/GuzzleHttp/autoload.php';
spl_autoload_register(function (string $name): void {
    $file = __DIR__ . '/client/lib/' . strtr(substr($name, strlen('OpenAPI\\Client\\')), '\\', '/') . '.php';
    if (str_starts_with($name, 'OpenAPI\\Client\\') && is_file($file)) {
        require $file;
    }
});

use OpenAPI\Client\Api\ConnectionTestsApi;
use OpenAPI\Client\Api\MailsApi;
use OpenAPI\Client\Api\OperationsApi;
use OpenAPI\Client\Api\SettingsApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model;

$configuration = (new Configuration())
    ->setHost(getenv('POSTAUSGANG_URL'))
    ->setAccessToken(getenv('POSTAUSGANG_KEY'));
$settings = new SettingsApi(config: $configuration);
$mails = new MailsApi(config: $configuration);

$outcome = function (string $id, int $round) use ($mails): Model\MailStatus {
    while (true) {
        $status = $mails->getMail($id);
        if ($status->getState() === 'sent' && $status->getRound() === $round) {
            return $status;
        }
        usleep(100_000);
    }
};

$version = $settings->getOutgoingServer('default')->getVersion();
$content = new Model\OutgoingServerPutTestMailbox([
    'server_type' => 'test-mailbox',
    'enabled' => true,
    'sender_address' => new Model\Address(['address' => 'erp@acme.example']),
]);
$saved = $settings->putOutgoingServer('default', "\"$version\"", $content, prefer: 'wait=applied');
$tested = (new ConnectionTestsApi(config: $configuration))
    ->startConnectionTest('default', 'wait=30', new Model\ConnectionTestRequest());

$mail = new Model\MailRequest([
    'to' => [new Model\Address(['address' => 'kunde@example.com'])],
    'subject' => 'Rechnung 4711',
    'text' => 'Anbei.',
    'attachments' => [
        new Model\Attachment([
            'filename' => 'rechnung.pdf',
            'content_type' => 'application/pdf',
            'content' => 'JVBERi0xLjQK',
        ]),
    ],
    'request_receipt' => true,
    'send_at' => new DateTime(),
    'business_reference' => 'invoice/4711',
]);
$id = $mails->sendMail($mail, 'invoice-4711')->getId();
$sent = $outcome($id, 1);
$listed = $mails->listMails(business_reference: 'invoice/4711', until: date_create()->format(DATE_RFC3339_EXTENDED))->getItems();
$mails->resendMail($id, resend_mail: new Model\ResendMail(['force' => true]));
$resent = $outcome($id, 2);

$message = "From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: Mahnung\r\n\r\nBitte.\r\n";
$finished = $mails->sendFinishedMessage($message)->getId();
$outcome($finished, 1);
$source = $mails->getMailSource($finished);
preg_match('/^Subject: (.*)\r$/m', file_get_contents($source->getPathname()), $found);

try {
    $mails->sendMail(new Model\MailRequest());
    exit('A mail to nobody was accepted');
} catch (ApiException $refused) {
    $problem = $refused->getResponseObject();
}
$meaning = (new OperationsApi(config: $configuration))->getProblem($problem->getCode());
print json_encode([
    'applied' => $saved->getApplied()->getState(),
    'tested' => $tested->getState(),
    'sent' => $sent->getState(),
    'listed' => array_map(fn (Model\MailSummary $one): string => $one->getId(), $listed),
    'round' => $resent->getRound(),
    'subject' => $found[1],
    'problem' => [
        'status' => $refused->getCode(),
        'code' => $problem->getCode(),
        'finding' => $problem->getFindings()[0]->getCode(),
    ],
    'meaning' => $meaning->getCode(),
]);
