using System.Globalization;

namespace MlxVideo.Benchmarks.Load;

/// <summary>The result of the load benchmark.</summary>
/// <param name="Processes">Number of processes that the workers shared.</param>
/// <param name="RequestMegabytes">Size of the submission in 10⁶ bytes.</param>
/// <param name="AcknowledgedS">Seconds from the first request to the acknowledgement of the batch.</param>
/// <param name="SubmissionRetries">Requests that were repeated because the coordinator was busy.</param>
/// <param name="BeforeRestart">The work up to the kill of the coordinator.</param>
/// <param name="RestartReadyS">Seconds from the start of the new coordinator to its ready line.</param>
/// <param name="RestartServingS">Seconds from the start of the new coordinator to its first answer about the batch; null for none.</param>
/// <param name="RestartWorkersS">Seconds from the start of the new coordinator until all workers were in the farm again; null if not all
/// returned.</param>
/// <param name="AfterRestart">The work from then until the end or the time limit.</param>
/// <param name="PeakRssMegabytes">Largest resident set of the two coordinator processes, in 10⁶ bytes.</param>
/// <param name="Finished">Number of finished rows at the end.</param>
/// <param name="RowsLost">Rows that are unknown to the coordinator at the end, have failed, or were finished before the restart and are
/// not now.</param>
public sealed record LoadReport(
    int Rows, int Workers, int Processes, double RequestMegabytes, double AcknowledgedS, int SubmissionRetries, Throughput BeforeRestart,
    double RestartReadyS, double? RestartServingS, double? RestartWorkersS, Throughput AfterRestart, double PeakRssMegabytes, int Finished,
    int RowsLost)
{
    /// <summary>Returns the report as text.</summary>
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {Rows} rows in one batch; {Workers} workers with timers as engines, each with its own node and data folder, in {Processes} processes
        acknowledged after              {AcknowledgedS:0.00} s ({RequestMegabytes:0.0} MB, {SubmissionRetries} retries)
        stage results before the kill   {BeforeRestart}
        restart to ready                {RestartReadyS:0.00} s
        restart to serving the batch    {Seconds(RestartServingS)}
        restart to all workers          {Seconds(RestartWorkersS)}
        stage results after the restart {AfterRestart}
        coordinator's peak RSS          {PeakRssMegabytes:0} MB
        rows finished                   {Finished}
        rows lost                       {RowsLost}
        """);

    private static string Seconds(double? seconds) =>
        seconds is null ? "never" : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");
}

/// <summary>Results of stages over time.</summary>
/// <param name="StageResults">Number of stages that were finished.</param>
public sealed record Throughput(int StageResults, double Seconds)
{
    /// <summary>Finished stages per second.</summary>
    public double PerSecond => Seconds > 0 ? StageResults / Seconds : 0;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{PerSecond:0.0} per second ({StageResults} in {Seconds:0.0} s)");
}
