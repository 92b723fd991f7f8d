using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Cluster.Security;
using MlxVideo.Shared.Security;

namespace MlxVideo.Cluster.Tests.Security;

/// <summary>Cluster nodes with certificates on real sockets, and everybody else who connects to their port.</summary>
public sealed class NodeTlsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly FarmAuthority _authority = FarmAuthority.Create(TimeProvider.System);
    private readonly ConcurrentDictionary<string, bool> _revoked = [];
    private readonly Refusals _refusals = new();
    private readonly List<IHost> _hosts = [];
    private IPEndPoint _coordinator = null!;

    public async Task InitializeAsync()
    {
        var host = await StartAsync(Identity(_authority, FarmRole.Coordinator, "coordinator"), FarmCluster.CoordinatorRole, []);
        var cluster = Akka.Cluster.Cluster.Get(host.Services.GetRequiredService<ActorSystem>());
        cluster.Join(cluster.SelfAddress);
        _coordinator = new IPEndPoint(IPAddress.Loopback, cluster.SelfAddress.Port!.Value);
    }

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            ((ExtendedActorSystem)host.Services.GetRequiredService<ActorSystem>()).Abort();
            await host.Services.GetRequiredService<ActorSystem>().WhenTerminated.WaitAsync(Patience);
            host.Dispose();
        }

        _authority.Dispose();
    }

    [Fact]
    public async Task Node_with_a_certificate_of_the_farm_joins_over_tls() => await AssertJoinsAsync();

    [Fact]
    public async Task Certificate_of_another_farm_is_refused()
    {
        using var other = FarmAuthority.Create(TimeProvider.System);
        await AssertRefusedAsync(Identity(other, FarmRole.Worker, "w1").Certificate, "not one of this farm");
    }

    [Fact]
    public async Task Expired_certificate_is_refused() =>
        await AssertRefusedAsync(Identity(_authority, FarmRole.Worker, "w1", TimeSpan.FromMinutes(-1)).Certificate, "expired");

    [Fact]
    public async Task Revoked_certificate_is_refused()
    {
        var worker = Identity(_authority, FarmRole.Worker, "w1");
        _revoked[worker.Certificate.SerialNumber] = true;
        await AssertRefusedAsync(worker.Certificate, "revoked");
    }

    [Fact]
    public async Task Connection_without_certificate_is_refused() => await AssertRefusedAsync(null, "certificate");

    [Fact]
    public async Task Thousand_malformed_frames_are_refused_logged_once_and_the_farm_goes_on()
    {
        var random = new Random(1);
        for (var number = 0; number < 1000; number++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(_coordinator);
            var junk = new byte[random.Next(1, 300)];
            random.NextBytes(junk);
            await socket.GetStream().WriteAsync(junk);
            socket.Close();
        }

        await _refusals.FirstAsync("no TLS handshake");
        await AssertJoinsAsync();
        Assert.Single(_refusals.Lines);
    }

    [Fact]
    public async Task Malformed_frames_of_a_member_do_not_stop_the_farm()
    {
        var worker = Identity(_authority, FarmRole.Worker, "w1");
        var random = new Random(2);
        for (var number = 0; number < 50; number++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(_coordinator);
            await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
            await AuthenticateAsync(tls, worker.Certificate);
            Assert.Equal(SslProtocols.Tls12, tls.SslProtocol); // DotNetty's newest version
            var frame = new byte[random.Next(1, 300)];
            random.NextBytes(frame);
            await tls.WriteAsync(number % 2 == 0 ? frame : [.. BitConverter.GetBytes(frame.Length), .. frame]);
        }

        await AssertJoinsAsync();
    }

    private static Task AuthenticateAsync(SslStream tls, X509Certificate2? certificate) =>
        tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            ClientCertificates = certificate is null ? [] : [certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
        });

    private static FarmIdentity Identity(FarmAuthority authority, FarmRole role, string id, TimeSpan? lifetime = null)
    {
        using var key = FarmAuthority.NewKey();
        using var certificate = authority.Issue(
            FarmAuthority.KeyOf(FarmAuthority.RequestFor(key)), new FarmMember(role, id), [], lifetime ?? TimeSpan.FromDays(1),
            TimeProvider.System);
        return FarmIdentity.Of(certificate, key, authority.Certificate);
    }

    private async Task AssertRefusedAsync(X509Certificate2? certificate, string words)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_coordinator);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await AuthenticateAsync(tls, certificate);
            using var patience = new CancellationTokenSource(Patience);
            if (await tls.ReadAsync(new byte[1], patience.Token) == 0)
                throw new IOException("closed");
        });
        await _refusals.FirstAsync(words);
        await AssertJoinsAsync();
    }

    private async Task AssertJoinsAsync()
    {
        var host = await StartAsync(Identity(_authority, FarmRole.Worker, "w9"), FarmCluster.WorkerRole, [_coordinator]);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Akka.Cluster.Cluster.Get(host.Services.GetRequiredService<ActorSystem>()).RegisterOnMemberUp(up.SetResult);
        await up.Task.WaitAsync(Patience);
    }

    private async Task<IHost> StartAsync(FarmIdentity identity, string role, IReadOnlyList<IPEndPoint> coordinators)
    {
        var rules = new PeerRules(
            _authority.Certificate, certificate => _revoked.ContainsKey(certificate.SerialNumber), TimeProvider.System);
        var tls = new NodeTls(identity.Certificate, rules, new RefusalLog(TimeProvider.System, _refusals));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddAkka(FarmCluster.SystemName, akka => akka
            .WithFarmLogging(verbose: false)
            .WithFarmCluster(
                "127.0.0.1", 0, role, coordinators, TimeSpan.FromSeconds(5),
                role == FarmCluster.CoordinatorRole ? new FarmClusterOptions() : null, tls: tls));
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync();
        return host;
    }

    private sealed class Refusals : ILogger<RefusalLog>
    {
        private readonly SemaphoreSlim _added = new(0);

        public ConcurrentQueue<string> Lines { get; } = [];

        public async Task FirstAsync(string words)
        {
            Assert.True(await _added.WaitAsync(Patience), "Nothing was logged.");
            Assert.Contains(words, Lines.First());
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Lines.Enqueue(formatter(state, exception));
            _added.Release();
        }
    }
}
