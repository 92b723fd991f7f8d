using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MlxVideo.Shared.Security;

namespace MlxVideo.Shared.Api;

/// <summary>
/// Downloads a farm's certificate authority. The connection is not verified; the authority is accepted only if it has the fingerprint in
/// a token, and no secret is sent before that.
/// </summary>
public static class FarmAuthorityClient
{
    private const int MaxBytes = 16 << 10;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Returns the authority of the token's farm.</summary>
    /// <exception cref="FarmApiException">The coordinator can't be reached or belongs to another farm.</exception>
    public static async Task<X509Certificate2> DownloadAsync(Uri api, FarmToken token, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(FarmTls.UnverifiedHandler(AnswerTimeout))
        {
            Timeout = AnswerTimeout,
            MaxResponseContentBufferSize = MaxBytes,
        };
        try
        {
            using var response = await FarmApiException.GuardAsync(
                api, () => http.GetAsync(new Uri(api, SecurityPaths.Authority), cancellationToken));
            if (response.StatusCode == HttpStatusCode.NotFound)
                throw Other(api);
            await FarmApiException.ThrowIfRefusedAsync(api, response, cancellationToken);
            var authority = X509Certificate2.CreateFromPem(await response.Content.ReadAsStringAsync(cancellationToken));
            return token.IsOf(Fingerprint.Of(authority)) ? authority : throw Other(api);
        }
        catch (CryptographicException)
        {
            throw Other(api);
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FarmApiException(
                $"The coordinator at {api} did not respond within {AnswerTimeout.TotalSeconds:0} s.", new TimeoutException(ex.Message, ex));
        }
    }

    private static FarmApiException Other(Uri api) =>
        new($"The server at {api} is not the coordinator of the token's farm: check the address and the token.");
}
