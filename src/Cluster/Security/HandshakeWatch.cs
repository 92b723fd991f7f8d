using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;

namespace MlxVideo.Cluster.Security;

/// <summary>
/// Turns the transport's log entries about failed handshakes into refusals. The transport writes several long ones for each connection,
/// which the farm's log therefore leaves out.
/// </summary>
internal sealed partial class HandshakeWatch : ReceiveActor
{
    public HandshakeWatch(RefusalLog refusals) => Receive<Error>(error =>
    {
        if (error.LogSource.StartsWith("TcpServerHandler", StringComparison.Ordinal)
            && Remote().Match(error.Message?.ToString() ?? "") is { Success: true } remote)
            refusals.Add(
                remote.Groups["end"].Value, "cluster connection",
                "no TLS handshake with a certificate of this farm; is it another program?");
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(Error));

    /// <inheritdoc/>
    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    // channel [[::ffff:10.0.0.1]:4053->[::ffff:10.0.0.2]:38682](Id=6d8b7e8a)
    [GeneratedRegex(@"->(?<end>\[[^\]]*\]:\d+|[\d.]+:\d+)\]", RegexOptions.CultureInvariant)]
    private static partial Regex Remote();
}
