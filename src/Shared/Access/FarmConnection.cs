using System.Net.Http.Headers;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Security;

namespace MlxVideo.Shared.Access;

/// <summary>
/// An operator's connection to a coordinator: plain HTTP, or HTTPS with the operator's token and the farm's own authority.
/// </summary>
public sealed class FarmConnection : IDisposable
{
    private const string TokenVariable = "MLXVIDEO_FARM_TOKEN";
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private FarmConnection(HttpClient http, Uri api) => (Http, Client) = (http, new FarmClient(http, api));

    /// <summary>The client's connections, which authenticate the coordinator and the operator.</summary>
    public HttpClient Http { get; }

    /// <summary>The client.</summary>
    public FarmClient Client { get; }

    /// <summary>Connects to a coordinator.</summary>
    /// <param name="api">Address of its API.</param>
    /// <param name="given">
    /// The operator's token for HTTPS; if null, that of the variable MLXVIDEO_FARM_TOKEN or one of <see cref="OperatorTokens"/>.
    /// </param>
    /// <param name="cancellationToken">Cancels the connection.</param>
    /// <exception cref="MissingTokenException">There is no token for the farm.</exception>
    /// <exception cref="FarmApiException">The coordinator can't be reached or belongs to another farm.</exception>
    public static async Task<FarmConnection> OpenAsync(Uri api, string? given, CancellationToken cancellationToken)
    {
        if (api.Scheme == Uri.UriSchemeHttp)
            return new FarmConnection(NewHttpClient(), api);
        given ??= Environment.GetEnvironmentVariable(TokenVariable);
        var (token, rules) = string.IsNullOrEmpty(given)
            ? await FindAsync(api, cancellationToken)
            : await RecogniseAsync(api, FarmToken.ParseOperator(given), cancellationToken);
        var http = new HttpClient(FarmTls.HandlerFor(rules, identity: null, ConnectTimeout)) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.ToString());
        return new FarmConnection(http, api);
    }

    /// <summary>Creates a client without a timeout: uploads can take arbitrarily long, and the API limits its own waits.</summary>
    public static HttpClient NewHttpClient() => new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc/>
    public void Dispose() => Http.Dispose();

    private static async Task<(FarmToken Token, PeerRules Rules)> FindAsync(Uri api, CancellationToken cancellationToken)
    {
        var file = OperatorTokens.OfUser();
        var tokens = file.Read();
        if (tokens.Count == 0)
            throw new MissingTokenException(
                $"{api} needs an operator's token, and {file.FilePath} has none: use --token, or the variable {TokenVariable}, with the "
                + "token that 'farm init' printed.");
        FarmApiException? other = null;
        foreach (var token in tokens)
        {
            try
            {
                return await RecogniseAsync(api, token, cancellationToken);
            }
            catch (FarmApiException ex) when (!ex.IsTransient && ex.Status is null)
            {
                other = ex; // a token for another farm
            }
        }

        throw other!;
    }

    private static async Task<(FarmToken Token, PeerRules Rules)> RecogniseAsync(
        Uri api, FarmToken token, CancellationToken cancellationToken) =>
        (token, new PeerRules(await FarmAuthorityClient.DownloadAsync(api, token, cancellationToken), _ => false, TimeProvider.System));
}

/// <summary>A farm with certificates needs an operator's token, and there is none; the message says where to get it.</summary>
public sealed class MissingTokenException(string message) : Exception(message), IBadInput;
