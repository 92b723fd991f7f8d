using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>The coordinator's command line.</summary>
public static class CoordinatorCommand
{
    /// <summary>The root command.</summary>
    public static RootCommand Create()
    {
        var data = DaemonOptions.Data();
        var clusterPort = new Option<int>("--cluster-port") { Description = "TCP port that workers join at; 0 for a free one.", DefaultValueFactory = _ => 4053 };
        var httpPort = new Option<int>("--http-port") { Description = "TCP port of the API and the artefacts; 0 for a free one.", DefaultValueFactory = _ => 8080 };
        var listen = DaemonOptions.Listen();
        var trusted = DaemonOptions.TrustedNetwork();
        var parent = DaemonOptions.ParentPid();
        var verbose = DaemonOptions.Verbose();
        var command = new RootCommand("Holds the batches of an MlxVideo farm, gives stages to its workers and muxes the clips.")
        {
            data, clusterPort, httpPort, listen, trusted, parent, verbose,
        };
        command.SetAction((parsed, cancellation) => DaemonOptions.Guard(parsed.GetValue(verbose), () =>
        {
            var address = parsed.GetValue(listen) ?? IPAddress.Loopback;
            DaemonOptions.RequireLoopbackOrTrust(address, parsed.GetValue(trusted));
            return CoordinatorHost.Run(
                new CoordinatorSettings(
                    WritableFolder.Open(parsed.GetRequiredValue(data).FullName, "data folder", "--data"), address, parsed.GetValue(clusterPort), parsed.GetValue(httpPort), parsed.GetValue(parent), parsed.GetValue(verbose)),
                cancellation);
        }));
        return command;
    }
}
