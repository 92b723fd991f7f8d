using System.CommandLine;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>The coordinator's command line.</summary>
public static class CoordinatorCommand
{
    public static Command Create()
    {
        var defaults = new CoordinatorOptions();
        var options = new DaemonOptions(CoordinatorOptions.Section);
        options.Arguments.Begin("Network");
        options.Arguments.Add($"{CoordinatorOptions.Section}:{nameof(CoordinatorOptions.HttpPort)}", NumberOption.Int(
            "--http-port", "TCP port of the API and artefact transfers; 0 for a free one.", defaults.HttpPort, DaemonOptions.Port));
        var command =
            new Command("coordinator", "Manages the batches of an MlxVideo farm, assigns stages to its workers and muxes the clips.");
        options.AddTo(command, defaults.ClusterPort, "TCP port on which workers join; 0 for a free one.");
        options.SetAction(command, CoordinatorHost.RunAsync);
        return command;
    }
}
