using System.Diagnostics;
using System.Globalization;
using MlxVideo.Farm.Events;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>
/// For tests: the environment variable <c>MLXVIDEO_KILL_AFTER_EVENTS=N</c> kills the process with SIGKILL after N stored events, before
/// their effects. The first event that counts is the submission of a batch.
/// </summary>
internal static class KillSwitch
{
    private const string Variable = "MLXVIDEO_KILL_AFTER_EVENTS";

    private static int _left = int.TryParse(
        Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var events) ? events : 0;

    private static bool _isCounting;

    /// <summary>Counts a stored event.</summary>
    public static void After(IFarmEvent stored)
    {
        _isCounting |= stored is FarmEvents.BatchSubmitted;
        if (_isCounting && _left > 0 && --_left == 0)
            Process.GetCurrentProcess().Kill();
    }
}
