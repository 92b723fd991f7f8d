using System.Globalization;
using System.Net;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Stages;

/// <summary>Sends and fetches the files of shared steps by way of the coordinator: <c>PUT</c> and <c>GET /offload/…</c>.</summary>
/// <param name="http">Reaches the coordinator.</param>
/// <param name="api">Its address.</param>
public sealed class OffloadClient(HttpClient http, Uri api)
{
    /// <summary>Sends a step's file.</summary>
    /// <returns>False when the help is over.</returns>
    public async Task<bool> Send(
        OffloadAddress offload, OffloadDirection direction, int step, int evaluations, string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        using var request =
            new HttpRequestMessage(
                HttpMethod.Put, Address(offload, direction, FormattableString.Invariant($"step={step}&evaluations={evaluations}")))
            {
                Content =
                    new StreamContent(stream)
            };
        request.Content.Headers.ContentLength = stream.Length;
        using var response = await FarmApiException.Guard(api, () => http.SendAsync(request, cancellationToken));
        if (response.StatusCode == HttpStatusCode.Gone)
            return false;
        await FarmApiException.ThrowIfRefused(api, response, cancellationToken);
        return true;
    }

    /// <summary>Waits for the file of a step after <paramref name="after"/> and writes it to <paramref name="file"/>.</summary>
    /// <returns>The step's index, and how many of its passes it is about; null when the help is over.</returns>
    public async Task<(int Step, int Evaluations)?> Fetch(
        OffloadAddress offload, OffloadDirection direction, int after, string file, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var request =
                new HttpRequestMessage(HttpMethod.Get, Address(offload, direction, FormattableString.Invariant($"after={after}")));
            using var response = await FarmApiException.Guard(
                api, () => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken));
            if (response.StatusCode == HttpStatusCode.Gone)
                return null;
            if (response.StatusCode == HttpStatusCode.NoContent)
                continue; // nothing came while the coordinator waited
            await FarmApiException.ThrowIfRefused(api, response, cancellationToken);
            await using (var target = new FileStream(file, FileMode.Create))
                await response.Content.CopyToAsync(target, cancellationToken);
            return (Number(response, OffloadHeaders.Step), Number(response, OffloadHeaders.Evaluations));
        }
    }

    private static int Number(HttpResponseMessage response, string header) =>
        int.Parse(response.Headers.GetValues(header).Single(), CultureInfo.InvariantCulture);

    private Uri Address(OffloadAddress offload, OffloadDirection direction, string query)
    {
        var (attempt, stage) = (offload.Attempt, offload.Attempt.Stage);
        var (batch, stageId) = (Uri.EscapeDataString(stage.Batch), Uri.EscapeDataString(stage.StageId));
        return new Uri(api, FormattableString.Invariant(
            $"/offload/{batch}/{stage.Row}/{stageId}/{attempt.Number}/{offload.Number}/{direction}?{query}"));
    }
}
