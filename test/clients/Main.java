import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.ConnectionTestsApi;
import org.openapitools.client.api.MailsApi;
import org.openapitools.client.api.OperationsApi;
import org.openapitools.client.api.SettingsApi;
import org.openapitools.client.model.*;

/** The round trip of round-trip.ts with the client that openapi-generator makes for Java. */
public class Main {
  private static MailsApi mails;

  public static void main(String[] given) throws Exception {
    String key = System.getenv("POSTAUSGANG_KEY");
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("POSTAUSGANG_URL"));
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
    mails = new MailsApi(client);
    SettingsApi settings = new SettingsApi(client);

    long version = settings.getOutgoingServer("default", null).getVersion();
    OutgoingServerPutTestMailbox content =
        new OutgoingServerPutTestMailbox()
            .serverType(OutgoingServerPutTestMailbox.ServerTypeEnum.TEST_MAILBOX)
            .enabled(true)
            .senderAddress(new Address().address("erp@acme.example"));
    OutgoingServerView saved =
        settings.putOutgoingServer(
            "default", "\"" + version + "\"", new OutgoingServerPut(content), null, null, "wait=applied");
    ConnectionTest tested =
        new ConnectionTestsApi(client)
            .startConnectionTest("default", "wait=30", new ConnectionTestRequest());

    MailRequest mail =
        new MailRequest()
            .to(List.of(new Address().address("kunde@example.com")))
            .subject("Rechnung 4711")
            .text("Anbei.")
            .addAttachmentsItem(
                new Attachment()
                    .filename("rechnung.pdf")
                    .contentType("application/pdf")
                    .content("%PDF-1.4\n".getBytes(StandardCharsets.US_ASCII)))
            .requestReceipt(new MailRequestRequestReceipt(true))
            .sendAt(OffsetDateTime.now())
            .businessReference("invoice/4711");
    String id = mails.sendMail(mail, "invoice-4711", null).getId();
    MailStatus sent = outcome(id, 1);
    List<String> listed =
        mails
            .listMails(
                null, null, null, null, null, null, null, null, null, "invoice/4711", null, null, null,
                Instant.now().toString(), null, null, null, null)
            .getItems()
            .stream()
            .map(MailSummary::getId)
            .toList();
    mails.resendMail(id, null, new ResendMail().force(true).recipients(null));
    MailStatus resent = outcome(id, 2);

    // The generator for Java has no form for a body of bytes: no finished message here.
    Path source = mails.getMailSource(id).toPath();
    String subject =
        Files.readAllLines(source).stream()
            .filter(line -> line.startsWith("Subject: "))
            .findFirst()
            .orElseThrow()
            .substring("Subject: ".length());

    try {
      mails.sendMail(new MailRequest(), null, null);
    } catch (ApiException refused) {
      Problem problem = ApiClient.createDefaultObjectMapper().readValue(refused.getResponseBody(), Problem.class);
      ProblemType meaning = new OperationsApi(client).getProblem(problem.getCode());
      Map<String, Object> told =
          Map.of(
              "applied", saved.getApplied().getState(),
              "tested", tested.getState(),
              "sent", sent.getState(),
              "listed", listed,
              "round", resent.getRound(),
              "subject", subject,
              "problem",
                  Map.of(
                      "status", refused.getCode(),
                      "code", problem.getCode(),
                      "finding", problem.getFindings().get(0).getCode()),
              "meaning", meaning.getCode());
      System.out.println(new ObjectMapper().writeValueAsString(told));
    }
  }

  private static MailStatus outcome(String id, long round) throws Exception {
    while (true) {
      MailStatus status = mails.getMail(id);
      if (status.getState().equals("sent") && status.getRound() == round) return status;
      Thread.sleep(100);
    }
  }
}
