using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>The coordinator's command line.</summary>
public static class CoordinatorCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var data = DaemonOptions.Data();
        var clusterPort = NumberOption.Int("--cluster-port", "TCP port that workers join at; 0 for a free one.", 4053, DaemonOptions.Port);
        var httpPort = NumberOption.Int(
            "--http-port", "TCP port of the API and the artefacts; 0 for a free one.", 8080, DaemonOptions.Port);
        var listen = DaemonOptions.Listen();
        var trusted = DaemonOptions.TrustedNetwork();
        var parent = DaemonOptions.ParentPid();
        var verbose = DaemonOptions.Verbose();
        var command = new Command("coordinator", "Holds the batches of an MlxVideo farm, gives stages to its workers and muxes the clips.")
        {
            data, clusterPort, httpPort, listen, trusted, parent, verbose,
        };
        command.RequireLoopbackOrTrust(listen, trusted);
        command.SetAction((parsed, cancellationToken) => DaemonOptions.Guard(parsed.GetValue(verbose), () =>
        {
            var address = parsed.GetValue(listen) ?? IPAddress.Loopback;
            return CoordinatorHost.Run(
                new CoordinatorSettings(
                    WritableFolder.Create(parsed.GetRequiredValue(data).FullName, "data folder", "--data"), address,
                    parsed.GetValue(clusterPort), parsed.GetValue(httpPort), parsed.GetValue(parent), parsed.GetValue(verbose)),
                cancellationToken);
        }));
        return command;
    }
}
