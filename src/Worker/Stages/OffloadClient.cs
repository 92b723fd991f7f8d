using System.Globalization;
using System.Net;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Stages;

/// <summary>Exchanges the files of offloaded evaluations through the coordinator: <c>PUT</c> and <c>GET /offload/…</c>.</summary>
/// <param name="api">Address of the coordinator.</param>
public sealed class OffloadClient(HttpClient http, Uri api)
{
    /// <summary>Sends the file of a step.</summary>
    /// <returns>False when the offload has ended.</returns>
    public async Task<bool> SendAsync(
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
        using var response = await FarmApiException.GuardAsync(api, () => http.SendAsync(request, cancellationToken));
        if (response.StatusCode == HttpStatusCode.Gone)
            return false;
        await FarmApiException.ThrowIfRefusedAsync(api, response, cancellationToken);
        return true;
    }

    /// <summary>Waits for the file of a step after <paramref name="after"/> and writes it to <paramref name="file"/>.</summary>
    /// <returns>The step's index and its number of offloaded evaluations; null when the offload has ended.</returns>
    public async Task<(int Step, int Evaluations)?> FetchAsync(
        OffloadAddress offload, OffloadDirection direction, int after, string file, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var request =
                new HttpRequestMessage(HttpMethod.Get, Address(offload, direction, FormattableString.Invariant($"after={after}")));
            using var response = await FarmApiException.GuardAsync(
                api, () => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken));
            if (response.StatusCode == HttpStatusCode.Gone)
                return null;
            if (response.StatusCode == HttpStatusCode.NoContent)
                continue; // nothing arrived while the coordinator waited
            await FarmApiException.ThrowIfRefusedAsync(api, response, cancellationToken);
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
