using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Clips;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Json;

namespace MlxVideo.EndToEnd.Tests.Interfaces;

/// <summary>The HTTP API, with requests as a client in another language would write them.</summary>
/// <param name="http">A client that trusts the farm and has the operator's token.</param>
/// <param name="farm">The farm.</param>
public sealed class HttpInterface(HttpClient http, SecureFarm farm) : FarmInterface("http")
{
    private const string EventData = "data: ";

    /// <inheritdoc/>
    public override async Task<CommandOutcome> RunAsync(FarmCommand command, IReadOnlyDictionary<string, string> arguments)
    {
        using var timeout = new CancellationTokenSource(Patience);
        using var request = RequestOf(command, arguments);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
        if (!response.IsSuccessStatusCode)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(timeout.Token))!;
            return new CommandOutcome(null, problem["detail"]!.GetValue<string>());
        }

        if (!IsStream(command, arguments))
            return new CommandOutcome(JsonNode.Parse(await response.Content.ReadAsStringAsync(timeout.Token)), null);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(timeout.Token));
        while (await events.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.StartsWith(EventData, StringComparison.Ordinal) && line.Length > EventData.Length) // a heartbeat has no data
                return new CommandOutcome(JsonNode.Parse(line[EventData.Length..]), null);
        }

        throw new InvalidDataException($"The stream of {command.FullName} ended without an event.");
    }

    private HttpRequestMessage RequestOf(FarmCommand command, IReadOnlyDictionary<string, string> arguments)
    {
        var path = command.Path;
        var (query, body) = (new List<string>(), new JsonObject());
        foreach (var (name, text) in arguments)
        {
            if (path.Contains($"{{{name}}}", StringComparison.Ordinal))
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(text), StringComparison.Ordinal);
            else if (command.Method is "GET" or "DELETE")
                query.Add($"{name}={Uri.EscapeDataString(text)}");
            else if (name == Csv)
                body["clips"] = JsonSerializer.SerializeToNode(ClipsOf(text), FarmJson.Options);
            else
                body[name] = JsonSerializer.SerializeToNode(
                    command.Arguments.Single(argument => argument.Name == name).Parse(text), FarmJson.Options);
        }

        var request = new HttpRequestMessage(
            new HttpMethod(command.Method), new Uri(new Uri(farm.Api), query.Count == 0 ? path : $"{path}?{string.Join('&', query)}"));
        if (body.Count > 0)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return request;
    }

    private static List<SubmittedClip> ClipsOf(string csv) => BatchCsv.Read(csv, new FileProbe(FfmpegTools.Find())).Rows
        .Select(row => new SubmittedClip(row.Row, row.Output, row.Constraints, row.Settings, row.Model)).ToList();
}
