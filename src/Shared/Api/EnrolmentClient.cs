using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Security;

namespace MlxVideo.Shared.Api;

/// <summary>A worker's requests for its certificate. Refusals and connection failures throw <see cref="FarmApiException"/>.</summary>
/// <param name="http">A client that accepts only the farm's coordinator.</param>
public sealed class EnrolmentClient(HttpClient http, Uri api)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Enrols a worker with a join token.</summary>
    /// <param name="key">The worker's key.</param>
    public Task<X509Certificate2> JoinAsync(
        FarmToken token, string workerId, string name, ECDsa key, CancellationToken cancellationToken) =>
        PostAsync(
            SecurityPaths.Join,
            new JoinRequest(token.ToString(), workerId, name, FarmAuthority.RequestFor(key)), cancellationToken);

    /// <summary>Renews the certificate that the HTTP client presents.</summary>
    /// <param name="key">The new key.</param>
    public Task<X509Certificate2> RenewAsync(ECDsa key, CancellationToken cancellationToken) =>
        PostAsync(SecurityPaths.Certificate, new RenewRequest(FarmAuthority.RequestFor(key)), cancellationToken);

    /// <summary>Checks that the farm accepts the certificate that the HTTP client presents.</summary>
    public Task CheckAsync(CancellationToken cancellationToken) => WithTimeoutAsync<object?>(async timeout =>
    {
        using var response = await FarmApiException.GuardAsync(
            api, () => http.GetAsync(new Uri(api, SecurityPaths.Certificate), timeout));
        await FarmApiException.ThrowIfRefusedAsync(api, response, timeout);
        return null;
    }, cancellationToken);

    private Task<X509Certificate2> PostAsync<T>(string path, T body, CancellationToken cancellationToken) =>
        WithTimeoutAsync(async timeout =>
    {
        using var response = await FarmApiException.GuardAsync(
            api, () => http.PostAsJsonAsync(new Uri(api, path), body, FarmJson.Options, timeout));
        await FarmApiException.ThrowIfRefusedAsync(api, response, timeout);
        try
        {
            var issued = await response.Content.ReadFromJsonAsync<IssuedCertificate>(FarmJson.Options, timeout)
                ?? throw new JsonException("it is empty");
            return X509CertificateLoader.LoadCertificate(issued.Certificate);
        }
        catch (Exception ex) when (ex is JsonException or CryptographicException)
        {
            throw new FarmApiException($"The response from {api} can't be parsed ({ex.Message}).", ex);
        }
    }, cancellationToken);

    private async Task<T> WithTimeoutAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            return await request(timeout.Token);
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FarmApiException(
                $"The coordinator at {api} did not respond within {AnswerTimeout.TotalSeconds:0} s.", new TimeoutException(ex.Message, ex));
        }
    }
}
