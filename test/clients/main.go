// The round trip of round-trip.ts with the client that openapi-generator makes for Go.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"postausgang/client"
)

func check(err error) {
	if refused, ok := err.(*client.GenericOpenAPIError); ok {
		err = fmt.Errorf("%w: %s", refused, refused.Body())
	}
	if err != nil {
		panic(err)
	}
}

func main() {
	configuration := client.NewConfiguration()
	configuration.Servers = client.ServerConfigurations{{URL: os.Getenv("POSTAUSGANG_URL")}}
	api := client.NewAPIClient(configuration)
	ctx := context.WithValue(context.Background(), client.ContextAccessToken, os.Getenv("POSTAUSGANG_KEY"))

	server, _, err := api.SettingsAPI.GetOutgoingServer(ctx, "default").Execute()
	check(err)
	settings := client.NewOutgoingServerPutTestMailbox("test-mailbox", true)
	settings.SetSenderAddress(*client.NewAddress("erp@acme.example"))
	saved, _, err := api.SettingsAPI.PutOutgoingServer(ctx, "default").
		IfMatch(strconv.Quote(fmt.Sprint(server.GetVersion()))).
		Prefer("wait=applied").
		OutgoingServerPut(client.OutgoingServerPutTestMailboxAsOutgoingServerPut(settings)).
		Execute()
	check(err)
	tested, _, err := api.ConnectionTestsAPI.StartConnectionTest(ctx, "default").
		Prefer("wait=30").
		ConnectionTestRequest(*client.NewConnectionTestRequest()).
		Execute()
	check(err)

	mail := client.NewMailRequest()
	mail.SetTo([]client.Address{*client.NewAddress("kunde@example.com")})
	mail.SetSubject("Rechnung 4711")
	mail.SetText("Anbei.")
	mail.SetAttachments([]client.Attachment{*client.NewAttachment("rechnung.pdf", "application/pdf", "JVBERi0xLjQK")})
	receipt := true
	mail.SetRequestReceipt(client.BoolAsMailRequestRequestReceipt(&receipt))
	mail.SetSendAt(time.Now())
	mail.SetBusinessReference("invoice/4711")
	accepted, _, err := api.MailsAPI.SendMail(ctx).IdempotencyKey("invoice-4711").MailRequest(*mail).Execute()
	check(err)
	outcome := func(id string, round int64) *client.MailStatus {
		for {
			status, _, err := api.MailsAPI.GetMail(ctx, id).Execute()
			check(err)
			if status.GetState() == "sent" && status.GetRound() == round {
				return status
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	sent := outcome(accepted.GetId(), 1)
	list, _, err := api.MailsAPI.ListMails(ctx).BusinessReference("invoice/4711").Until(time.Now().Format(time.RFC3339Nano)).Execute()
	check(err)
	listed := []string{}
	for _, item := range list.GetItems() {
		listed = append(listed, item.GetId())
	}
	resend := client.NewResendMail()
	resend.SetForce(true)
	_, _, err = api.MailsAPI.ResendMail(ctx, accepted.GetId()).ResendMail(*resend).Execute()
	check(err)
	resent := outcome(accepted.GetId(), 2)

	message, err := os.CreateTemp("", "*.eml")
	check(err)
	defer os.Remove(message.Name())
	_, err = message.WriteString("From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: Mahnung\r\n\r\nBitte.\r\n")
	check(err)
	_, err = message.Seek(0, 0)
	check(err)
	finished, _, err := api.MailsAPI.SendFinishedMessage(ctx).Body(message).Execute()
	check(err)
	outcome(finished.GetId(), 1)
	file, _, err := api.MailsAPI.GetMailSource(ctx, finished.GetId()).Execute()
	check(err)
	source, err := os.ReadFile(file.Name())
	check(err)
	_, after, _ := strings.Cut(string(source), "\r\nSubject: ")
	subject, _, _ := strings.Cut(after, "\r\n")

	_, refused, err := api.MailsAPI.SendMail(ctx).MailRequest(*client.NewMailRequest()).Execute()
	problem := err.(*client.GenericOpenAPIError).Model().(client.Problem)
	meaning, _, err := api.OperationsAPI.GetProblem(ctx, problem.GetCode()).Execute()
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"applied": saved.Applied.GetState(),
		"tested":  tested.GetState(),
		"sent":    sent.GetState(),
		"listed":  listed,
		"round":   resent.GetRound(),
		"subject": subject,
		"problem": map[string]any{
			"status":  refused.StatusCode,
			"code":    problem.GetCode(),
			"finding": problem.GetFindings()[0].GetCode(),
		},
		"meaning": meaning.GetCode(),
	}))
}
