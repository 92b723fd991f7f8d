using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using MlxVideo.Coordinator.Security;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Tests.Security;

/// <summary>A farm with certificates and its API on a real socket, with clients of all kinds.</summary>
internal sealed class SecureFarm : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
    private readonly List<HttpClient> _clients = [];
    private readonly CoordinatorTls _tls;

    private SecureFarm()
    {
        OperatorToken = SecurityFolder.Create(_folder, "ada", TimeProvider.System);
        _tls = CoordinatorTls.Open(_folder, IPAddress.Loopback, TimeSpan.FromDays(30), Clock);
    }

    public ApiUnderTest Api { get; private set; } = null!;

    public FarmToken OperatorToken { get; }

    /// <summary>The clock of tokens and certificates.</summary>
    public ShiftedClock Clock { get; } = new();

    public LogLines Log { get; } = new();

    public AccessRecord Access => _tls.Access;

    public Uri Address => Api.Client.BaseAddress!;

    /// <summary>The record on disk.</summary>
    public SecurityState State => SecurityFolder.Find(_folder)!.ReadState();

    public static async Task<SecureFarm> StartAsync(bool publicMetrics = false)
    {
        var farm = new SecureFarm();
        farm.Api = await ApiUnderTest.StartAsync(farm._tls, farm.Log, new ApiUnderTestOptions(PublicMetrics: publicMetrics));
        return farm;
    }

    /// <summary>A client that accepts this farm's coordinator.</summary>
    /// <param name="identity">The client's certificate; null for none.</param>
    /// <param name="bearer">The bearer token; null for none.</param>
    public HttpClient Client(FarmIdentity? identity = null, string? bearer = null)
    {
        using var authority = SecurityFolder.Find(_folder)!.ReadAuthority();
        var rules = new PeerRules(X509CertificateLoader.LoadCertificate(authority.Certificate.RawData), _ => false, TimeProvider.System);
        var client = new HttpClient(FarmTls.HandlerFor(rules, identity is null ? null : () => identity, Patience))
        {
            BaseAddress = Address,
        };
        if (bearer is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        _clients.Add(client);
        return client;
    }

    public HttpClient OperatorClient() => Client(bearer: OperatorToken.ToString());

    public EnrolmentClient Enrolment(FarmIdentity? identity = null) => new(Client(identity), Address);

    /// <summary>Creates a join token for an hour.</summary>
    public FarmToken NewToken() => Access.CreateJoinToken(TimeSpan.FromHours(1), Address.Port).Token;

    /// <summary>Enrols a worker over HTTPS.</summary>
    public async Task<FarmIdentity> EnrolAsync(string id)
    {
        using var key = FarmAuthority.NewKey();
        return Identity(await Enrolment().JoinAsync(NewToken(), id, $"name of {id}", key, CancellationToken.None), key);
    }

    public FarmIdentity Identity(X509Certificate2 certificate, ECDsa key) => FarmIdentity.Of(certificate, key, _tls.Rules.Authority);

    /// <summary>A certificate of another farm.</summary>
    public static FarmIdentity Stranger(FarmRole role = FarmRole.Worker)
    {
        using var authority = FarmAuthority.Create(TimeProvider.System);
        using var key = FarmAuthority.NewKey();
        var certificate = authority.Issue(
            FarmAuthority.KeyOf(FarmAuthority.RequestFor(key)), new FarmMember(role, "w1"), [], TimeSpan.FromDays(1), TimeProvider.System);
        return FarmIdentity.Of(certificate, key, authority.Certificate);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Api.DisposeAsync();
        _tls.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The system's clock, ahead of time.</summary>
    internal sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }

    /// <summary>The farm's log.</summary>
    internal sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = [];

        public IReadOnlyList<string> Refusals => _lines.Where(line => line.StartsWith("Refused", StringComparison.Ordinal)).ToList();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
